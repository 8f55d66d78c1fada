export { tempDir } from './tempDir.js';
