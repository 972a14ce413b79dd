import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'vitest';
import { parseScenarios } from './kit/parse-scenario.ts';
import { runScenario } from './kit/run-scenario.ts';

const folder = new URL('./', import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith('.scenario'))) {
  describe(file, () => {
    for (const scenario of parseScenarios(readFileSync(new URL(file, folder), 'utf8'))) {
      test(scenario.name, () => runScenario(scenario));
    }
  });
}
