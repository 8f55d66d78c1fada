/** What each sealed value is bound to: it opens at this place alone. */
export const places = {
  blobChunk: (blobId: string, offset: number) => `blob:${blobId}:${offset}`,
  stateDigest: (stateId: string) => `state:${stateId}`,
  result: (jobId: string, attempt: number) => `result:${jobId}:${attempt}`,
  pinned: (versionId: string) => `pinned:${versionId}`,
  passing: (jobId: string) => `passing:${jobId}`,
  parameters: (buildId: string) => `parameters:${buildId}`,
};
