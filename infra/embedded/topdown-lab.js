/**
 * The lab as a library: `import { startLab } from 'topdown-lab'`.
 *
 * The sources are TypeScript, which Node runs as it is, but not below node_modules. There this file, the only one in
 * JavaScript, strips the types of the package's own files as they are loaded; elsewhere it does nothing.
 */
import { readFileSync } from 'node:fs';
import * as module from 'node:module';
import { fileURLToPath } from 'node:url';

// Not by name: an older Node would then say that it knows no such name, and nothing of this would run.
const { registerHooks, stripTypeScriptTypes } = module;
if (registerHooks === undefined || stripTypeScriptTypes === undefined) {
  throw new Error(`topdown-lab needs Node 24 or later, and this is ${process.version}`);
}

const root = new URL('../../', import.meta.url).href;

/** Node says once in a process that stripping is experimental; whoever uses the lab can do nothing about it. */
function stripWithoutWarning(text) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

if (root.includes('/node_modules/')) {
  registerHooks({
    load(url, context, nextLoad) {
      if (!url.startsWith(root) || !url.endsWith('.ts')) return nextLoad(url, context);
      const source = stripWithoutWarning(readFileSync(fileURLToPath(url), 'utf8'));
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

export const { startLab } = await import('./lab.ts');
export const { LabMail, LabMailError } = await import('./lab-mail.ts');
