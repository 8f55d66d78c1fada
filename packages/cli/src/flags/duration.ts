import { Flags } from '@oclif/core';
import { readDuration } from '../settings/duration.js';

/** A flag for a time span, in milliseconds once read. */
export const durationFlag = Flags.custom<number>({
  helpValue: 'TIME',
  parse: async text => readDuration(text),
});
