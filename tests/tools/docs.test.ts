import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { errorCatalogue } from '../../tools/docs/errors.js';
import { generatedFiles, staleFiles, writeFiles } from '../../tools/docs/generated.js';
import { root } from './support/fixture.js';

describe('npm run docs', function () {
  this.timeout(30_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'docs-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has been run since the sources changed: if this fails, run "npm run docs" and commit what it writes', async () => {
    const files = await generatedFiles(root);
    expect(staleFiles(root, files)).to.deep.equal([]);
    expect(staleFiles(folder, files)).to.have.members(Object.keys(files));
    writeFiles(folder, files, Object.keys(files));
    expect(staleFiles(folder, files)).to.deep.equal([]);
  });

  it('finds every error code in the sources, and one that is not written out', () => {
    mkdirSync(join(folder, 'core/x'), { recursive: true });
    mkdirSync(join(folder, 'plugins'));
    const source = (text: string) => writeFileSync(join(folder, 'core/x/x.ts'), text);
    source(
      "throw new ApiError('X-1', 404, 'Gone.', text);\nconst e = apiErrors('X');\nnew OAuthError('invalid_grant', text);",
    );
    expect(errorCatalogue(folder)).to.deep.equal({
      api: [
        { code: 'X-1', status: 404, message: 'Gone.' },
        { code: 'X-60001', status: 400, message: 'Invalid request.' },
        { code: 'X-65001', status: 500, message: 'Internal server error.' },
      ],
      health: [],
      oauth: [{ code: 'invalid_grant', status: 400, message: '' }],
    });
    source(
      "const no = (code: string, status: number, text: string, message = 'No.') => new ApiError(code, status, message, text);\nno('Y-2', 400, text);\nconst lost = 'Lost.';\nnew ApiError(old ? 'Y-3' : 'Y-4', 404, lost, text); no('Y-1', 404, text, 'Lost.');",
    );
    expect(errorCatalogue(folder).api).to.deep.equal([
      { code: 'Y-1', status: 404, message: 'Lost.' },
      { code: 'Y-2', status: 400, message: 'No.' },
      { code: 'Y-3', status: 404, message: 'Lost.' },
      { code: 'Y-4', status: 404, message: 'Lost.' },
    ]);
    source('\nthrow new ApiError(code, 404, "Gone.", "");');
    expect(() => errorCatalogue(folder)).to.throw('core/x/x.ts:2: write out code, status and message of an ApiError');
  });
});
