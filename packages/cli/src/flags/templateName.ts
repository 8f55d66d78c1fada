import { Args } from '@oclif/core';

export const templateArg = Args.string({ description: 'Name of the template', required: true, ignoreStdin: true });
