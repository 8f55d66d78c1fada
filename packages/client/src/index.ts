export { type CallInput, type Client, type ClientOptions, createClient } from './client.js';
export { type Download, download } from './download.js';
export { type FollowOptions, followJob, type JobEvent } from './followJob.js';
export { listAll } from './listAll.js';
export { type UploadOptions, uploadFile, uploadState } from './uploadFile.js';
