// `npm start -- --config FILE --data DIR --port N`
import { launch } from './setup/launch.mjs';
import { runMain } from './setup/project.mjs';

await runMain(() => launch('core/cli/main.js', ['start', ...process.argv.slice(2)]));
