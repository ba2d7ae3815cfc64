import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin'

// Words for people: what a state is described as, and what an error says beside its code. Tests match neither, as users should not.

const isWords = ({ node, parent }, key) =>
  (parent?.type === 'ObjectProperty' && parent.value === node && parent.key.name === 'description') ||
  (parent?.type === 'NewExpression' && /Error$/.test(parent.callee.name) && key === 'arguments' && parent.arguments.at(-1) === node && (parent.callee.name === 'Error' || parent.arguments.length > 1))

export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'words', {
    shouldIgnore: (path) => ((path.isStringLiteral() || path.isTemplateLiteral()) && isWords(path, path.listKey) ? 'words for people' : undefined),
  }),
]
