import type { Delivery } from '../../chat/customer/state';
import type { Entry } from '../conversation/rows';
import { useSession } from '../session';
import { Icon, type IconName } from './icon';

const icons: Readonly<Record<Delivery, IconName>> = {
  waiting: 'waiting',
  sending: 'waiting',
  sent: 'sent',
  delivered: 'seen',
  read: 'seen',
  failed: 'wrong',
};

/** How far something of the customer's own has come, in a sign and a word; what failed can be tried again. */
export function Mark({ entry, delivery, at }: { entry: Entry; delivery: Delivery; at: number | null }) {
  const { chat, config, language } = useSession();
  const shown = !config.look.receipts && (delivery === 'delivered' || delivery === 'read') ? 'sent' : delivery;
  const { outgoing } = entry;
  return (
    <p className={`mark ${shown}`}>
      {at !== null && <time dateTime={new Date(at).toISOString()}><bdi>{language.time(at)}</bdi></time>}
      <Icon name={icons[shown]} />
      <span>{language.say(shown)}</span>
      {shown === 'failed' && outgoing !== null && (
        <>
          <button type="button" className="link" onClick={() => chat.retry(outgoing.key)}>
            {language.say('retry')}
          </button>
          <button type="button" className="link" onClick={() => chat.discard(outgoing.key)}>
            {language.say('discard')}
          </button>
        </>
      )}
    </p>
  );
}
