import { inject, injectable } from 'tsyringe';
import { ApiError } from '#core/http';
import { PatternMatcher } from '../claims/safe-pattern.js';
import { GovernanceService, GovernanceServiceToken } from '../governance/governance.service.js';
import type { User } from '../user.js';
import type { ChangedBy, RuleOutcome, UserCreation, UserRule } from '../user-rules.js';
import { POLICY } from './password-connectors.js';
import { ValidationRules, ValidationRulesToken } from './validation-rules.js';

/**
 * What new passwords and user names have to be like: the validation rules of the organization, and the older connector
 * `passwordPolicy`. Rules look at a password without blanks at its ends, so that blanks make none longer; it is kept as
 * it was typed.
 */
@injectable()
export class PasswordPolicy implements UserRule {
  readonly #patterns = new PatternMatcher();

  constructor(
    @inject(GovernanceServiceToken) private readonly governance: GovernanceService,
    @inject(ValidationRulesToken) private readonly rules: ValidationRules,
  ) {}

  async create({ orgId, username, password, by }: UserCreation): Promise<RuleOutcome | undefined> {
    if (password !== undefined) await this.#check(orgId, password, by);
    if (by === 'server') return undefined;
    const fault = await this.rules.faultIn(orgId, 'username', username);
    if (fault) throw new ApiError('20045', 400, 'The user name is not allowed.', fault.description);
    return undefined;
  }

  async password({ orgId }: User, password: string, by: ChangedBy): Promise<RuleOutcome | undefined> {
    await this.#check(orgId, password, by);
    return undefined;
  }

  async #check(orgId: string, password: string, by: ChangedBy): Promise<void> {
    if (password.includes('\0')) throw violation('The password has a character that cannot be typed.');
    // What the server makes of its own accord (the first administrator, as the operator says) is not held to it.
    if (by === 'server') return;
    const text = password.trim();
    const fault = await this.rules.faultIn(orgId, 'password', text);
    if (fault) throw violation(fault.description);
    const problem = await this.#older(orgId, text);
    if (problem !== undefined) throw violation(problem);
  }

  async #older(orgId: string, text: string): Promise<string | undefined> {
    const read = (name: string) => this.governance.read(orgId, POLICY, `${POLICY}.${name}`);
    if ((await read('enable')) !== 'true') return undefined;
    const { length } = [...text];
    const [least, most] = [Number(await read('min.length')), Number(await read('max.length'))];
    if (length < least || length > most) return `The password has to have ${least} to ${most} characters.`;
    return this.#patterns.fits(await read('pattern'), text) ? undefined : read('errorMsg');
  }
}

const violation = (description: string) => new ApiError('20035', 400, 'Password policy violation.', description);
