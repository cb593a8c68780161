import { useState } from 'react';
import { ServiceError } from '../chat/service';
import { Banner, Button, EmptyState, PasswordField, TextField } from '../ui';
import { Office, type Person } from './office';
import { fieldOf, words } from './problem';
import { strength } from './strength';

type Wrong = Readonly<Partial<Record<keyof Person | 'form', string>>>;

/** Makes the first user, who may do everything. */
export function FirstPerson({ token, onDone }: { token: string; onDone(office: Office): Promise<void> }) {
  const [person, setPerson] = useState<Person>({ username: '', firstName: '', lastName: '', password: '' });
  const [wrong, setWrong] = useState<Wrong>({});
  const [refused, setRefused] = useState(token === '');
  const [busy, setBusy] = useState(false);
  const set = (key: keyof Person) => (value: string) => {
    setPerson((p) => ({ ...p, [key]: value }));
    setWrong(({ [key]: _, form: __, ...rest }) => rest);
  };
  const how = strength(person.password, [person.username, person.firstName, person.lastName]);

  const submit = async () => {
    const missing: Wrong = {
      ...(/^[A-Za-z0-9._@+-]{1,64}$/.test(person.username) ? {} : { username: person.username === '' ? 'What will you sign in with?' : 'Letters, digits and . _ @ + - alone.' }),
      ...(how.level < 2 ? { password: how.words } : {}),
    };
    setWrong(missing);
    const first = Object.keys(missing)[0];
    if (first !== undefined) return document.querySelector<HTMLElement>(`input[name="${first}"]`)?.focus();
    setBusy(true);
    try {
      await onDone(await Office.found(token, person));
    } catch (e) {
      setBusy(false);
      const about = fieldOf(e);
      if (about?.field === 'token') setRefused(true);
      else if (about !== null && about.field in person) setWrong({ [about.field]: about.says });
      else if (e instanceof ServiceError && e.status === 409) setWrong({ form: 'Somebody has used this link already, and there is an administrator. Load this page again to sign in.' });
      else setWrong({ form: words(e) });
    }
  };

  if (refused) {
    return (
      <EmptyState page icon="link" title={token === '' ? 'Please use the link that the server printed' : 'This link is not good any more'}>
        {token === '' ? 'It is in the terminal or the log where bellpull serve was started, and ends in a long #token.' : 'It is good for a week, and only until the server is started with other data.'}{' '}
        Start the server again, and it prints a new one.
      </EmptyState>
    );
  }
  return (
    <form
      className="setup-card"
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <header>
        <h1>Welcome. Who are you?</h1>
        <p className="quiet">You will be the administrator, and take chats at the desk.</p>
      </header>
      {wrong.form !== undefined && (
        <div role="alert">
          <Banner tone="bad">{wrong.form}</Banner>
        </div>
      )}
      <div className="setup-pair">
        <TextField label="First name" name="firstName" autoComplete="given-name" value={person.firstName} onChange={set('firstName')} error={wrong.firstName} autoFocus />
        <TextField label="Last name" name="lastName" autoComplete="family-name" value={person.lastName} onChange={set('lastName')} error={wrong.lastName} />
      </div>
      <TextField label="User name" name="username" autoComplete="username" hint="What you sign in with." value={person.username} onChange={set('username')} error={wrong.username} isRequired />
      <div className="strength-field">
        <PasswordField label="Password" name="password" autoComplete="new-password" value={person.password} onChange={set('password')} error={wrong.password} isRequired />
        <div className={`strength level-${how.level}`}>
          <span className="strength-bar" aria-hidden="true">
            {[1, 2, 3, 4].map((n) => (
              <i key={n} className={n <= how.level ? 'on' : ''} />
            ))}
          </span>
          {wrong.password === undefined && <p role="status">{how.words}</p>}
        </div>
      </div>
      <Button type="submit" look="primary" isDisabled={busy}>
        {busy ? 'One moment…' : 'Go on'}
      </Button>
    </form>
  );
}

/** Where an administrator comes back. used says that the link of the first start brought them here. */
export function SignIn({ used, onDone }: { used: boolean; onDone(office: Office): Promise<void> }) {
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    try {
      const office = await Office.signIn(username.trim(), password);
      if (used) history.replaceState(null, '', location.pathname);
      await onDone(office);
    } catch (e) {
      setBusy(false);
      setProblem(e instanceof ServiceError && (e.status === 401 || e.status === 403) ? 'The user name or the password is wrong.' : words(e));
    }
  };
  return (
    <form
      className="setup-card narrow"
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void submit();
      }}
    >
      <header>
        <h1>{used ? 'This link has been used' : 'Sign in'}</h1>
        <p className="quiet">{used ? 'The first user is there. Whoever it is can sign in here, and keep the widgets.' : 'Administrators keep the widgets here.'}</p>
      </header>
      {problem !== null && (
        <div role="alert">
          <Banner tone="bad">{problem}</Banner>
        </div>
      )}
      <TextField label="User name" autoComplete="username" value={username} onChange={setUsername} autoFocus />
      <PasswordField label="Password" autoComplete="current-password" value={password} onChange={setPassword} />
      <Button type="submit" look="primary" isDisabled={busy || username.trim() === '' || password === ''}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
    </form>
  );
}
