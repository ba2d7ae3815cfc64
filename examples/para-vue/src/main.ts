import { definePrompt } from 'outlast/element'
import { createApp } from 'vue'
import App from './App.vue'

definePrompt()

createApp(App).mount('#app')
