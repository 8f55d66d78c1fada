import { type JobFacts, needsGate, stageOf } from '@berth/protocol';

/**
 * What is wrong with the facts of a job; null when the lifecycle may have made them. It says less than the lifecycle
 * itself: what must hold at each stage, however it was reached.
 */
export function impossibleFacts(job: JobFacts): string | null {
  const wrong = rules.find(rule => rule.applies(job) && !rule.holds(job));
  return wrong === undefined ? null : wrong.says;
}

interface Rule {
  says: string;
  applies(job: JobFacts): boolean;
  holds(job: JobFacts): boolean;
}

const isSet = (time: number | null) => time !== null;
const atStage = (...stages: ReturnType<typeof stageOf>[]) => {
  return (job: JobFacts) => stages.includes(stageOf(job));
};

const rules: readonly Rule[] = [
  {
    says: 'it has ended, and holds an offer, a lease or an unreachable daemon still',
    applies: atStage('finished'),
    holds: job => !isSet(job.offerExpiresAt) && !isSet(job.leaseExpiresAt) && !isSet(job.unreachableSince),
  },
  {
    says: 'it has not ended, and has an error',
    applies: job => !isSet(job.finishedAt),
    holds: job => job.errorCode === null,
  },
  {
    says: 'it waits, and has times of an attempt',
    applies: atStage('queued'),
    holds: job => !isSet(job.offerExpiresAt) && !isSet(job.startedAt) && !isSet(job.leaseExpiresAt),
  },
  {
    says: 'it is offered, and has no time to accept by, or a lease',
    applies: atStage('offered'),
    holds: job => isSet(job.offerExpiresAt) && !isSet(job.leaseExpiresAt),
  },
  {
    says: 'it runs, and has no offer, no lease, or a time to accept by',
    applies: atStage('preparing', 'applying', 'unreachable'),
    holds: job =>
      isSet(job.offeredAt) && isSet(job.startedAt) && isSet(job.leaseExpiresAt) && !isSet(job.offerExpiresAt),
  },
  {
    says: 'it is unreachable, and has not passed the gate',
    applies: atStage('unreachable'),
    holds: job => isSet(job.applyStartedAt),
  },
  {
    says: 'it has passed the gate, and has not started or needs none',
    applies: job => isSet(job.applyStartedAt),
    holds: job => isSet(job.startedAt) && needsGate(job.type),
  },
  {
    says: 'it waits or is offered, and was asked to end',
    applies: atStage('queued', 'offered'),
    holds: job => !isSet(job.cancelRequestedAt),
  },
  {
    says: 'it is told to end hard, and was not told to end',
    applies: job => isSet(job.hardCancelRequestedAt),
    holds: job => isSet(job.cancelRequestedAt),
  },
  {
    says: 'it was offered, and has no attempt',
    applies: job => isSet(job.offeredAt),
    holds: job => job.attempt > 0,
  },
];
