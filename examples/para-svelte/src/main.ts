import { definePrompt } from 'outlast/element'
import { mount } from 'svelte'
import App from './App.svelte'

definePrompt()

mount(App, { target: document.querySelector('#app')! })
