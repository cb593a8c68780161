import type { Settings } from './settings';

export function mayNotify(): NotificationPermission {
  return typeof Notification === 'undefined' ? 'denied' : Notification.permission;
}

/** Asks the browser for notifications, which it answers once for all, and keeps what came of it. */
export async function askToNotify(set: (change: Partial<Settings>) => void): Promise<void> {
  const answer = await Notification.requestPermission();
  set({ notifications: answer === 'granted', asked: true });
}
