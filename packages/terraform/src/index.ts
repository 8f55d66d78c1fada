export { AttemptFolder, type OperationName } from './attempt/attemptFolder.js';
export { formatCliConfig } from './attempt/cliConfig.js';
export { type Environment, type EnvironmentOptions, terraformEnvironment } from './attempt/environment.js';
export { writeOwnBackend } from './attempt/ownBackend.js';
export { OWN_BACKEND_FILE } from './attempt/ownBackendFile.js';
export { listMirror } from './attempt/pluginMirror.js';
export { formatVariables, writeVariables } from './attempt/variablesFile.js';
export { type Clock, systemClock } from './clock.js';
export type {
  Backend,
  Configuration,
  Output,
  RequiredProvider,
  Use,
  Validation,
  Variable,
} from './configuration/configuration.js';
export { readConfiguration } from './configuration/readConfiguration.js';
export { readModuleUses } from './configuration/readModules.js';
export { readVariableValues } from './configuration/readVariableValues.js';
export type { TypeConstraint } from './configuration/typeConstraint.js';
export { type Engine, type FindEngineOptions, findEngine } from './engine/findEngine.js';
export { type InstallEngineOptions, installEngine } from './engine/installEngine.js';
export { meetsConstraint } from './engine/versionConstraint.js';
export { compareVersions, type EngineName, minimumVersions } from './engine/versions.js';
export { TerraformError, type TerraformErrorCode, type TerraformErrorDetails, terraformErrorCodes } from './errors.js';
export type { JsonValue } from './jsonValue.js';
export { type AddedPackage, addPackage, addressesOf, type NewPackage, REGISTRY_HOSTS } from './mirror/addPackage.js';
export { listPackages, type MirrorPackage } from './mirror/mirrorPackages.js';
export { type MirrorCheck, type VerifiedPackage, verifyMirror } from './mirror/verifyMirror.js';
export { apply, readyApply } from './operations/apply.js';
export { type FollowRunOptions, followRun, type OperationEnd } from './operations/followRun.js';
export { type InitContext, init } from './operations/init.js';
export type { OperationContext } from './operations/operation.js';
export { type PlanOptions, plan } from './operations/plan.js';
export { type AttributeChange, showPlan } from './operations/showPlan.js';
export { type Validation as ValidationReport, validate } from './operations/validate.js';
export type { Diagnostic } from './output/diagnostic.js';
export { type ByteRange, findEmergencyState } from './output/emergencyDump.js';
export type * from './output/engineEvent.js';
export { HolePuncher } from './output/holePuncher.js';
export type { OutputPart } from './output/lineSplitter.js';
export { type OutputBatch, OutputReader, type OutputReaderOptions } from './output/outputReader.js';
export { type ParseEventOptions, parseEvent } from './output/parseEvent.js';
export { type EventBatch, readEvents } from './output/readEvents.js';
export { PIECE_BYTES, splitText } from './output/splitText.js';
export { type FetchContext, fetchPlugin } from './plugins/fetchPlugin.js';
export { type LockedPlugin, readLockFilePlugins } from './plugins/lockedPlugins.js';
export { keepInstalled, mirrorPlaced, type PlacedPlugins, placePlugins } from './plugins/placePlugins.js';
export { PluginCache } from './plugins/pluginCache.js';
export { lacksVersion, pluginError } from './plugins/pluginErrors.js';
export { isAddress } from './plugins/pluginSources.js';
export { checkPolicy, type TemplateFacts } from './policy/checkPolicy.js';
export { type Policy, type PolicyRule, readPolicy } from './policy/policy.js';
export { secretsOfEnvironment, secretsOfValue } from './redactor/collectSecrets.js';
export { createRedactor, MASK, type Redactor, type RedactorStream } from './redactor/redactor.js';
export { chooseSandbox, type SandboxChoice } from './sandbox/chooseSandbox.js';
export { type ProbeSandboxOptions, probeSandbox, type SandboxProbe } from './sandbox/probeSandbox.js';
export { type Sandbox, type SandboxMode, type SandboxPaths, sandboxModes } from './sandbox/sandbox.js';
export { unseenFiles } from './sandbox/unseenFiles.js';
export {
  type ChooseFinalStateOptions,
  chooseFinalState,
  type FinalState,
  type FinalStateChoice,
  type StateSource,
  stateSources,
} from './state/chooseFinalState.js';
export { copyValidState } from './state/copyValidState.js';
export type { StateResource } from './state/resourceCollector.js';
export { SnapshotWatcher, type SnapshotWatcherOptions } from './state/snapshotWatcher.js';
export {
  type ReadStateOptions,
  readState,
  type StateContents,
  type StateFacts,
  type StateFault,
  type StateReading,
} from './state/stateReader.js';
export type { StateOutput } from './state/stateVisitor.js';
export { bootId, secondsSinceBoot } from './supervisor/bootClock.js';
export type { RunExit } from './supervisor/exitWatch.js';
export { defaultLadder, type LadderTimings, type RunLimits } from './supervisor/ladder.js';
export { identify, isAlive, type ProcessIdentity } from './supervisor/processIdentity.js';
export type { ReadySupervisor } from './supervisor/readySupervisor.js';
export {
  type Rung,
  type RungName,
  rungNames,
  type StopCause,
  type StopMode,
  stopCauses,
} from './supervisor/runFiles.js';
export { RunFolder } from './supervisor/runFolder.js';
export { RunHandle } from './supervisor/runHandle.js';
export type { RunPids } from './supervisor/runPids.js';
export type { RunTerms } from './supervisor/runTerms.js';
export { holdsRun } from './supervisor/runTerms.js';
export { attach, type StartRequest, startTerraform } from './supervisor/startTerraform.js';
export { startFrom } from './warm/startFrom.js';
export { type PruneLimits, WarmDirectories } from './warm/warmDirectories.js';
export { WarmDirectory } from './warm/warmDirectory.js';
export { type WarmKeyParts, warmKey } from './warm/warmKey.js';
