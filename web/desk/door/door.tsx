import { useEffect, useState } from 'react';
import { demoConfig, type DemoConfig } from '../../chat/service';
import { Banner, Button, Icon, TextField } from '../../ui';
import { useController } from '../app/context';
import type { AtDoor } from '../app/state';
import './door.css';

/** Where one signs in. A development server offers its agents. */
export function Door({ problem, busy, resumes }: AtDoor) {
  return resumes ? <Opening problem={problem} /> : <SignIn problem={problem} busy={busy} />;
}

/** While the session of this browser is gone on with. */
function Opening({ problem }: { problem: string | null }) {
  return (
    <main className="door" aria-label="Opening the desk" aria-busy="true">
      <h1 className="unseen">Bellpull desk</h1>
      <p className="door-opening" role="status">
        <span className="brand-mark">
          <Icon name="bell" size={26} />
        </span>
        {problem === null ? 'Opening the desk…' : `${problem} Trying again…`}
      </p>
    </main>
  );
}

function SignIn({ problem, busy }: Pick<AtDoor, 'problem' | 'busy'>) {
  const controller = useController();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [agents, setAgents] = useState<DemoConfig['agents']>([]);
  useEffect(() => void demoConfig().then((c) => setAgents(c.agents)), []);
  return (
    <main className="door" aria-label="Sign in">
      <form
        className="door-card"
        onSubmit={(e) => {
          e.preventDefault();
          void controller.signIn(username.trim(), password);
        }}
      >
        <header>
          <span className="brand-mark">
            <Icon name="bell" size={26} />
          </span>
          <h1>Bellpull desk</h1>
          <p className="quiet">Sign in to take chats.</p>
        </header>
        {problem !== null && (
          <div role="alert">
            <Banner tone="bad">{problem}</Banner>
          </div>
        )}
        <TextField label="User name" name="username" autoComplete="username" value={username} onChange={setUsername} isRequired autoFocus />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" value={password} onChange={setPassword} isRequired />
        <Button type="submit" look="primary" isDisabled={busy || username.trim() === '' || password === ''}>
          {busy ? 'Signing in…' : 'Sign in'}
        </Button>
        {agents.length > 0 && (
          <section aria-label="Agents of this development server" className="door-agents">
            <p className="quiet">A development server: go in as</p>
            <div>
              {agents.map((a) => (
                <Button key={a.username} size="small" icon="person" isDisabled={busy} onPress={() => void controller.signIn(a.username, a.password)}>
                  {a.username}
                </Button>
              ))}
            </div>
          </section>
        )}
      </form>
    </main>
  );
}
