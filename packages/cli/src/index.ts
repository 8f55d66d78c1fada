export { runBerth } from './runBerth.js';
