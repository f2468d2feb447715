import { pathToFileURL } from 'node:url';
import { root } from '../setup/project.mjs';

/** Collects what the test processes tell, prints one line for each file and, at the end, every failure in full. */
export class TestReport {
  times = {};
  #failures = [];
  #files = new Map();

  /** Takes one message of a test process. */
  take(message) {
    const counts = this.#countsOf(message.file);
    if (message.type === 'pass') counts.passed++;
    if (message.type === 'skip') counts.skipped++;
    if (message.type === 'fail') {
      counts.failed++;
      if (message.title[0] === 'loading the file') console.log(`FAIL ${message.file} (could not be loaded)`);
      this.#failures.push(message);
    }
    if (message.type === 'end') this.#finish(message, counts);
  }

  /** Counts something that went wrong outside the tests as one failure. */
  addFailure(title, text) {
    this.#failures.push({ title: [title], text });
  }

  get passed() {
    return this.#sum('passed');
  }

  get skipped() {
    return this.#sum('skipped');
  }

  get failed() {
    return this.#failures.length;
  }

  /** Prints the failures and, as the last line, the totals. */
  print() {
    this.#failures.forEach((failure, index) => {
      console.log(`\n${index + 1}) ${failure.title.join(' > ')}`);
      if (failure.file !== undefined) console.log(`   ${failure.file}`);
      console.log(indent(shorten(failure.text)));
      if (failure.diff) console.log(indent(failure.diff.replace(/^\n+/, '')));
    });
    const skipped = this.skipped > 0 ? `, ${this.skipped} skipped` : '';
    console.log(`\n${this.passed} passed, ${this.failed} failed${skipped}`);
  }

  #sum(key) {
    return [...this.#files.values()].reduce((total, counts) => total + counts[key], 0);
  }

  #countsOf(file) {
    if (!this.#files.has(file)) this.#files.set(file, { passed: 0, failed: 0, skipped: 0 });
    return this.#files.get(file);
  }

  #finish({ file, ms }, { passed, failed, skipped }) {
    this.times[file] = Math.round((this.times[file] ?? 0) + ms);
    if (passed + failed + skipped === 0) return;
    const parts = [`${passed} passed`, failed && `${failed} failed`, skipped && `${skipped} skipped`];
    console.log(`${failed ? 'FAIL' : 'ok  '} ${file} (${parts.filter(Boolean).join(', ')}, ${Math.round(ms)} ms)`);
  }
}

/** Paths in stacks are shown relative to the root. */
function shorten(text) {
  return text.replaceAll(`${pathToFileURL(root).href}/`, '').replaceAll(`${root}/`, '');
}

function indent(text) {
  return text
    .split('\n')
    .map((line) => (line === '' ? line : `   ${line}`))
    .join('\n');
}
