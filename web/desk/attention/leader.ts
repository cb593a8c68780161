/**
 * Of several tabs of one browser one leads: it rings and notifies, and the
 * others only show. When it is closed another one takes over. Without locks
 * every tab leads.
 */
export function leading(onLead: () => void): void {
  const { locks } = navigator;
  if (locks === undefined) return onLead();
  void locks.request('bellpull.desk', () => {
    onLead();
    return new Promise<never>(() => undefined);
  });
}
