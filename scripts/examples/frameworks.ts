/** The examples that show the same small app, each in a framework of its own. */
export const frameworks = [
  { name: 'vanilla', framework: 'none, TypeScript', dependency: 'typescript' },
  { name: 'react', framework: 'React', dependency: 'react' },
  { name: 'preact', framework: 'Preact', dependency: 'preact' },
  { name: 'vue', framework: 'Vue', dependency: 'vue' },
  { name: 'svelte', framework: 'Svelte', dependency: 'svelte' },
  { name: 'solid', framework: 'Solid', dependency: 'solid-js' },
  { name: 'angular', framework: 'Angular', dependency: '@angular/core' },
] as const
