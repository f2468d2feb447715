import { ApiError } from '#core/http';
import { folded, PatternMatcher } from '#core/users';
import type { SqlUserStoreConfig } from './config.js';

/** Whether every database can keep it: no NUL, no half of a surrogate pair. */
export const isText = (value: string): boolean => !/\0|[\ud800-\udfff]/u.test(value);

/** Characters that the columns of names hold. */
const LONGEST = 255;

/** What names and passwords of a store must be like. Patterns are those of Java: they match from beginning to end. */
export class ValueRules {
  readonly #patterns = new PatternMatcher();

  constructor(private readonly config: SqlUserStoreConfig) {}

  /** @throws ApiError 400 when it can be no user name */
  checkUsername(name: string): void {
    const { username_java_regex: pattern, username_java_reg_ex_violation_error_msg: reason } = this.config;
    if (!this.#isName(pattern, name)) throw new ApiError('SUO-60005', 400, 'The user name is not allowed.', reason);
  }

  /** @throws ApiError 400 when it can be no name of a group */
  checkGroupName(name: string): void {
    const { rolename_java_regex: pattern, rolename_java_reg_ex_violation_error_msg: reason } = this.config;
    if (!this.#isName(pattern, name))
      throw new ApiError('SUO-60008', 400, 'The name of the group is not allowed.', reason);
  }

  /** @throws ApiError 400 when the password breaks the rule of the store */
  checkPassword(password: string): void {
    const { password_java_regex: pattern, password_java_reg_ex_violation_error_msg: reason } = this.config;
    if (!this.#patterns.fits(pattern, password))
      throw new ApiError('SUO-60004', 400, 'The password is not allowed.', reason);
  }

  #isName(pattern: string, name: string): boolean {
    const longest = Math.max(name.length, folded(name).length);
    return isText(name) && longest <= LONGEST && this.#patterns.fits(pattern, name);
  }
}
