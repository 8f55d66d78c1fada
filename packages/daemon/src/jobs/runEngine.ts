import type { OperationContext } from '@berth/terraform';
import type { JobContext } from './jobContext.js';

/**
 * Runs an operation of the engine; while it runs the job's lever stops it and each acknowledgement renews its lease.
 *
 * @param adoptable as in {@link JobContext.operation}
 */
export async function runEngine<T>(
  job: JobContext,
  operation: (context: OperationContext) => Promise<T>,
  adoptable = false,
): Promise<T> {
  try {
    return await operation(job.operation(adoptable));
  } finally {
    job.releaseRun();
  }
}
