import type { DataSource, TableColumn } from 'typeorm';

const long = (type: string): string => (type === 'text' ? 'longtext' : type);

/**
 * On MariaDB and MySQL `text` ends after 64 KiB, which the settings of one application can exceed. There each column that
 * an entity or a migration calls `text` is a `longtext`, so that the databases keep the same.
 */
export function makeTextsLong({ driver }: DataSource): void {
  const normalizeType = driver.normalizeType.bind(driver);
  const createFullType = driver.createFullType.bind(driver);
  driver.normalizeType = (column) => long(normalizeType(column));
  driver.createFullType = (column: TableColumn) => long(createFullType(column));
}
