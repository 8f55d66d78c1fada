import type { OperationContext } from '@berth/terraform';
import type { JobContext } from './jobContext.js';

/** Runs an operation of the engine; while it runs the job's lever stops it and each acknowledgement renews its lease. */
export async function runEngine<T>(job: JobContext, operation: (context: OperationContext) => Promise<T>): Promise<T> {
  try {
    return await operation(job.operation());
  } finally {
    job.lever.letGo();
    job.control.onAcknowledged(null);
  }
}
