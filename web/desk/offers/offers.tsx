import type { AgentContact } from '../../chat/agent/snapshot';
import { Avatar, Button, Countdown, Icon, Timer } from '../../ui';
import { useController, useDesk } from '../app/context';
import { plain } from '../conversation/words';
import './offers.css';

/** The chats that ring, each with the time there is to answer. */
export function Offers({ acceptKey, declineKey }: { acceptKey: string | undefined; declineKey: string | undefined }) {
  const snapshot = useDesk((d) => d.snapshot);
  const skew = useDesk((d) => d.skew);
  const ringing = snapshot.contacts.filter((c) => c.state === 'connecting');
  return (
    <section className="offers" aria-label="Incoming chats" aria-live="assertive">
      {ringing.map((c, i) => (
        <Offer key={c.id} contact={c} skew={skew} keys={i === 0 ? { accept: acceptKey, decline: declineKey } : {}} />
      ))}
    </section>
  );
}

type Keys = Readonly<{ accept?: string | undefined; decline?: string | undefined }>;

function Offer({ contact, skew, keys }: { contact: AgentContact; skew: number; keys: Keys }) {
  const controller = useController();
  // What is said while it rings comes by the socket; the picture has what was said before.
  const heard = useDesk((d) => d.chats.get(contact.id)?.transcript.items.find((i) => i.kind === 'message' && i.author?.role === 'CUSTOMER'));
  const opening = contact.opening || (heard === undefined ? '' : plain(heard));
  return (
    <article className="offer" aria-label={`Incoming chat from ${contact.customer}`}>
      <header>
        <Avatar name={contact.customer} />
        <div className="offer-who">
          <h3>{contact.customer}</h3>
          <p className="quiet">
            {contact.queue || 'For you'}
            {contact.queued !== null && (
              <span className="offer-wait" aria-live="off">
                <Icon name="clock" size={14} />
                <Timer since={contact.queued} skew={skew} label="Has waited" />
              </span>
            )}
          </p>
        </div>
        <div aria-live="off">
          <Countdown until={contact.rings.until} whole={contact.rings.whole} skew={skew} label="Time left to accept" />
        </div>
      </header>
      {contact.description !== '' && <p className="offer-about">{contact.description}</p>}
      {opening !== '' && (
        <p className="offer-said" dir="auto">
          {opening}
        </p>
      )}
      <footer>
        <Button look="primary" icon="accept" onPress={() => controller.accept(contact)}>
          Accept {keys.accept !== undefined && <kbd aria-hidden="true">{keys.accept}</kbd>}
        </Button>
        <Button onPress={() => controller.decline(contact)}>
          Decline {keys.decline !== undefined && <kbd aria-hidden="true">{keys.decline}</kbd>}
        </Button>
      </footer>
    </article>
  );
}

