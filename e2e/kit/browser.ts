import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/** Flags of a browser without a screen that asks nobody but the lab; as root it has no sandbox of its own. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** How long a browser may take to start, in milliseconds: on a quiet machine it takes one second. */
const START_MS_MAX = 120_000;

/** Starts a browser; close it in the end. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await sparticuz.executablePath();
  return chromium.launch({ executablePath, args: FLAGS, headless: true, timeout: START_MS_MAX });
}
