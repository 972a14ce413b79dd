/** What a measurement leaves behind as JSON: enough to draw it again, to check it and to compare it with another machine's. */
import type { ChurnRun, ChurnScenario } from '../experiment/churn-scenario.ts';
import type { DistributionRun } from '../experiment/distribution-run.ts';
import type { SettingName } from '../settings.ts';

interface Circumstances {
  /** ISO 8601. */
  readonly measuredAt: string;
  readonly machine: string;
}

export interface DistributionResults extends Circumstances {
  readonly setting: SettingName;
  /** In octets and octets per second; a download without a limit is null. */
  readonly fileSize: number;
  readonly pieceLength: number;
  readonly serverUpload: number;
  readonly upload: number;
  readonly download: number | null;
  /** What peers were told besides, by the names of their configuration. */
  readonly environment: Readonly<Record<string, string>>;
  readonly runs: readonly DistributionRun[];
}

export interface ChurnResults extends Circumstances {
  /** What is the same in every run: see CHURN in experiment/churn-scenario.ts. */
  readonly scenario: ChurnScenario;
  readonly runs: readonly ChurnRun[];
}
