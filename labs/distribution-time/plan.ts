import { quickly, SETTINGS, type Setting, type SettingName } from './settings.ts';

/** What somebody wants to have measured. */
export interface Plan {
  readonly setting: SettingName;
  readonly quick: boolean;
  readonly counts: readonly number[] | null;
  readonly repeats: number;
}

/** The setting of a plan, with what the plan changes. */
export function settingOf({ setting: name, quick, counts }: Plan): Setting {
  const whole: Setting = SETTINGS[name];
  const setting = quick ? quickly(whole) : whole;
  return counts === null ? setting : { ...setting, counts };
}
