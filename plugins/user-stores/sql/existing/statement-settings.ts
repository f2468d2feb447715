import { z } from 'zod';
import { STATEMENTS } from './statements.js';

type Keys = (typeof STATEMENTS)[keyof typeof STATEMENTS]['key'];

/** Statements as settings: each can be replaced. */
export const statementSettings = Object.fromEntries(
  Object.values(STATEMENTS).map(({ key, description }) => [key, z.string().min(1).optional().describe(description)]),
) as Record<Keys, z.ZodOptional<z.ZodString>>;
