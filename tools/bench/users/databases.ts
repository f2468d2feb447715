/** Databases that can be measured. */
export const SCALE_DATABASES = ['sqlite', 'mariadb', 'postgres'] as const;
/** One of them. */
export type ScaleDatabase = (typeof SCALE_DATABASES)[number];
