import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Where V8's space for new objects stops growing, in bytes. By itself it takes 32 MiB and keeps them: half of what a
 * daemon at rest needs. With 4 MiB a build that prints 200,000 lines took as long.
 */
const LIMIT_BYTES = 4 * 1024 * 1024;

/**
 * Keeps V8's space for new objects small in a process that runs for long. The option for it (`--max-semi-space-size`) is
 * only read at the start of a process; the factor by which the space grows is read at each collection.
 */
export function limitYoungGeneration(): void {
  const observer = new PerformanceObserver(() => {
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    if (space !== undefined && space.space_size < LIMIT_BYTES) return;
    setFlagsFromString('--semi-space-growth-factor=1');
    observer.disconnect();
  });
  observer.observe({ entryTypes: ['gc'] });
}
