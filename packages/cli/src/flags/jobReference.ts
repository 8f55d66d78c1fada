import { Args, Flags } from '@oclif/core';

/** Arguments and flags of the commands that are about one job: a build of a workspace, or any job by its id. */
export const jobReferenceArgs = {
  workspace: Args.string({ description: 'The workspace: NAME of your own, or OWNER/NAME', ignoreStdin: true }),
};

export const jobReferenceFlags = {
  build: Flags.integer({ char: 'b', min: 1, summary: 'Number of the build; the newest unless given', helpValue: 'N' }),
  job: Flags.string({
    summary: 'Id of a job, such as a template import, in place of a workspace',
    exclusive: ['build'],
  }),
};
