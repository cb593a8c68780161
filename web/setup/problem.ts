import { ServiceError } from '../chat/service';

export function words(e: unknown): string {
  return e instanceof Error ? e.message : 'Something went wrong.';
}

/** The field that a refusal is about, and what it says of it: "password: must have …". */
export function fieldOf(e: unknown): Readonly<{ field: string; says: string }> | null {
  if (!(e instanceof ServiceError)) return null;
  const parts = /^(\w+): (.+)$/s.exec(e.message);
  const [field, says] = [parts?.[1], parts?.[2]];
  return field === undefined || says === undefined ? null : { field, says: says.charAt(0).toUpperCase() + says.slice(1) + (says.endsWith('.') ? '' : '.') };
}
