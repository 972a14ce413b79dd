import { run } from '#shared/host/run.ts';
import { program } from './program.ts';

await run(program, process.env);
