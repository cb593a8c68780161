import { useEffect, useState } from 'react';
import { Button, Card, CopyText, Dialog, Select, Switch, Tabs, TextField } from '../ui';
import { toasts } from './page';
import type { Office } from './office';
import { newId } from './place';
import { words } from './problem';
import { samples } from './samples';
import { readOrigins, wrongOrigin, type Flow, type Widget } from './widget';

/** On whose pages the widget may be, who may start chats, and what a chat begins with. */
export function WhereStep({ office, widget, onChange, onRotated }: { office: Office; widget: Widget; onChange(widget: Widget): void; onRotated(widget: Widget): void }) {
  const [lines, setLines] = useState(() => widget.origins.join('\n'));
  const [flows, setFlows] = useState<readonly Flow[]>([]);
  useEffect(() => void office.flows().then(setFlows, () => undefined), [office]); // the default will do
  const wrong = wrongOrigin(widget.origins);
  const usual = flows.find((f) => f.isDefault);
  return (
    <div className="where">
      <Card title="Sites">
        <TextField
          label="Addresses of your sites"
          lines={4}
          placeholder="https://shop.example.org"
          hint="One a line. https://*.example.org is every site below, * is every site there is. The pages of this server are always allowed."
          value={lines}
          onChange={(text) => {
            setLines(text);
            onChange({ ...widget, origins: readOrigins(text) });
          }}
          error={wrong === null ? undefined : `${wrong} is not the address of a site.`}
        />
        {flows.length > 1 && (
          <Select
            label="A chat begins with"
            options={[{ id: '', label: `The usual flow${usual === undefined ? '' : `: ${usual.name}`}` }, ...flows.filter((f) => !f.isDefault).map((f) => ({ id: f.id, label: f.name }))]}
            value={widget.flowId}
            onChange={(flowId) => onChange({ ...widget, flowId })}
          />
        )}
      </Card>
      <Card title="Signed starts">
        <Switch
          label="Only your own server lets chats start"
          hint="It signs each start, so that nobody else starts chats and nobody forges who they are."
          isSelected={widget.signed}
          onChange={(signed) => onChange({ ...widget, signed })}
        />
        {widget.signed && widget.id !== newId && (
          <>
            <Secret office={office} widget={widget} onRotated={onRotated} />
            <h3>The token, made by your server</h3>
            <p className="quiet">Keep the secret in the environment, as WIDGET_SECRET. Nothing else is needed.</p>
            <Tabs label="Languages" tabs={samples.map((s) => ({ id: s.id, label: s.label, content: <CopyText label={`the code for ${s.label}`} text={s.code(widget.id)} /> }))} />
          </>
        )}
      </Card>
    </div>
  );
}

/** The secret is read once, by who asks for it, and then hidden again. */
function Secret({ office, widget, onRotated }: { office: Office; widget: Widget; onRotated(widget: Widget): void }) {
  const [shown, setShown] = useState(false);
  const [asks, setAsks] = useState(false);
  const changing = widget.secrets.length > 1;
  const secret = widget.secrets[0] ?? '';
  const rotate = async (finish: boolean) => {
    setAsks(false);
    try {
      onRotated(await office.rotate(widget.id, finish));
      setShown(!finish);
      toasts.show('good', finish ? 'Only the new secret counts now.' : 'Both secrets count until you finish.');
    } catch (e) {
      toasts.show('bad', words(e));
    }
  };
  return (
    <>
      {shown ? (
        <>
          <CopyText label="the secret" text={secret} />
          <p className="quiet">Copy it now. It is hidden again when you leave this step.</p>
        </>
      ) : (
        <CopyText label="the secret" text={secret} shown={'•'.repeat(44)} />
      )}
      <div className="where-acts">
        <Button size="small" icon="eye" onPress={() => setShown(!shown)}>
          {shown ? 'Hide the secret' : 'Show the secret'}
        </Button>
        {changing ? (
          <Button size="small" onPress={() => setAsks(true)}>
            Finish the change
          </Button>
        ) : (
          <Button size="small" icon="retry" onPress={() => void rotate(false)}>
            Change the secret
          </Button>
        )}
      </div>
      {changing && <p className="where-note">The secret is being changed: both count. Give your server the new one, then finish.</p>}
      {asks && (
        <Dialog
          title="Finish the change?"
          alert
          size="small"
          isOpen
          onClose={() => setAsks(false)}
          actions={
            <>
              <Button autoFocus onPress={() => setAsks(false)}>
                Not yet
              </Button>
              <Button look="primary" onPress={() => void rotate(true)}>
                Finish
              </Button>
            </>
          }
        >
          <p>Tokens signed with the old secret are refused from then on. Has your server the new one?</p>
        </Dialog>
      )}
    </>
  );
}
