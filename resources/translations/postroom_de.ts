<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>Postroom</name>
    <message>
        <source>That did not work.</source>
        <translation>Das hat nicht geklappt.</translation>
    </message>
    <message numerus="yes">
        <source>Looking at the %n things you chose.</source>
        <translation>
            <numerusform>Die Auswahl wird angesehen.</numerusform>
            <numerusform>Die %n ausgewählten Dinge werden angesehen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Push %n files (%1) to %2?</source>
        <translation>
            <numerusform>%n Datei (%1) an %2 senden?</numerusform>
            <numerusform>%n Dateien (%1) an %2 senden?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cannot be sent:</source>
        <translation>
            <numerusform>%n kann nicht gesendet werden:</numerusform>
            <numerusform>%n können nicht gesendet werden:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Push %n files</source>
        <translation>
            <numerusform>%n Datei senden</numerusform>
            <numerusform>%n Dateien senden</numerusform>
        </translation>
    </message>
    <message>
        <source>good</source>
        <translation>gut</translation>
    </message>
    <message>
        <source>working</source>
        <translation>arbeitet</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>needs you</source>
        <translation>braucht Sie</translation>
    </message>
    <message>
        <source>needs an administrator</source>
        <translation>braucht die Administration</translation>
    </message>
    <message>
        <source>paused</source>
        <translation>angehalten</translation>
    </message>
    <message>
        <source>off</source>
        <translation>aus</translation>
    </message>
    <message>
        <source>the sign-in server</source>
        <translation>der Anmeldeserver</translation>
    </message>
    <message>
        <source>%1; next try %2.</source>
        <comment>a statement without a full stop, a clock time</comment>
        <translation>%1; nächster Versuch %2.</translation>
    </message>
    <message>
        <source>The sign-in server answered with a page of its own instead of a token %1</source>
        <translation>Der Anmeldeserver hat %1 mit einer eigenen Seite statt mit einem Token geantwortet</translation>
    </message>
    <message>
        <source>The answer of the sign-in server was lost %1</source>
        <translation>Die Antwort des Anmeldeservers ging %1 verloren</translation>
    </message>
    <message>
        <source>The sign-in server asked for a pause %1</source>
        <translation>Der Anmeldeserver hat %1 um eine Pause gebeten</translation>
    </message>
    <message>
        <source>The sign-in server did not answer %1</source>
        <translation>Der Anmeldeserver hat %1 nicht geantwortet</translation>
    </message>
    <message>
        <source>The sign-in server has answered with an error page since %1</source>
        <translation>Der Anmeldeserver antwortet seit %1 mit einer Fehlerseite</translation>
    </message>
    <message>
        <source>Answers of the sign-in server have been lost since %1</source>
        <translation>Antworten des Anmeldeservers gehen seit %1 verloren</translation>
    </message>
    <message>
        <source>The sign-in server has not answered since %1</source>
        <translation>Der Anmeldeserver antwortet seit %1 nicht</translation>
    </message>
    <message>
        <source>%1 has trouble of its own</source>
        <translation>%1 hat selbst Schwierigkeiten</translation>
    </message>
    <message>
        <source>something other than %1 answered</source>
        <translation>etwas anderes als %1 hat geantwortet</translation>
    </message>
    <message>
        <source>the answer of %1 was lost</source>
        <translation>die Antwort von %1 ging verloren</translation>
    </message>
    <message>
        <source>%1 asked for a pause</source>
        <translation>%1 hat um eine Pause gebeten</translation>
    </message>
    <message>
        <source>no route to %1</source>
        <translation>kein Weg zu %1</translation>
    </message>
    <message>
        <source>Reconnecting since %1: %2.</source>
        <translation>Neue Verbindung wird seit %1 versucht: %2.</translation>
    </message>
    <message>
        <source>Next try %1, or as soon as the network is back.</source>
        <translation>Nächster Versuch %1 oder sobald das Netz wieder da ist.</translation>
    </message>
    <message>
        <source>Next try %1.</source>
        <translation>Nächster Versuch %1.</translation>
    </message>
    <message>
        <source>Try now</source>
        <translation>Jetzt versuchen</translation>
    </message>
    <message>
        <source>This network wants you to log in first (hotel or guest network).</source>
        <translation>Dieses Netz möchte zuerst eine Anmeldung (Hotel- oder Gastnetz).</translation>
    </message>
    <message>
        <source>Open page</source>
        <translation>Seite öffnen</translation>
    </message>
    <message>
        <source>The computer&apos;s clock seems to be wrong, so certificates look expired.</source>
        <translation>Die Uhr des Computers geht offenbar falsch, deshalb sehen Zertifikate abgelaufen aus.</translation>
    </message>
    <message>
        <source>The proxy on the way to %1 wants a log-in of its own.</source>
        <translation>Der Proxy auf dem Weg zu %1 möchte eine eigene Anmeldung.</translation>
    </message>
    <message>
        <source>Why?</source>
        <translation>Warum?</translation>
    </message>
    <message>
        <source>The certificate of %1 is not trusted, so nothing was sent.</source>
        <translation>Dem Zertifikat von %1 wird nicht vertraut, deshalb wurde nichts gesendet.</translation>
    </message>
    <message>
        <source>Works until %1. %2</source>
        <comment>a clock time, a sentence</comment>
        <translation>Funktioniert bis %1. %2</translation>
    </message>
    <message>
        <source>Kept signed in by %1.</source>
        <translation>Wird von %1 angemeldet gehalten.</translation>
    </message>
    <message>
        <source>The new sign-in could not be saved: the keychain is locked. It works until you quit.</source>
        <translation>Die neue Anmeldung ließ sich nicht sichern: Der Schlüsselbund ist gesperrt. Sie gilt, bis Sie beenden.</translation>
    </message>
    <message>
        <source>Unlock</source>
        <translation>Entsperren</translation>
    </message>
    <message>
        <source>The new sign-in could not be saved in the keychain. It works until you quit.</source>
        <translation>Die neue Anmeldung ließ sich nicht im Schlüsselbund sichern. Sie gilt, bis Sie beenden.</translation>
    </message>
    <message>
        <source>No keychain is running. Signed in until you quit.</source>
        <translation>Kein Schlüsselbund läuft. Angemeldet, bis Sie beenden.</translation>
    </message>
    <message>
        <source>Signed in, but without the right to %1.</source>
        <translation>Angemeldet, aber ohne das Recht auf %1.</translation>
    </message>
    <message>
        <source>Grant access</source>
        <translation>Zugriff geben</translation>
    </message>
    <message>
        <source>Signed in until you quit.</source>
        <translation>Angemeldet, bis Sie beenden.</translation>
    </message>
    <message>
        <source>Signed in as %1 until you quit.</source>
        <translation>Angemeldet als %1, bis Sie beenden.</translation>
    </message>
    <message>
        <source>Signed in.</source>
        <translation>Angemeldet.</translation>
    </message>
    <message>
        <source>Signed in as %1.</source>
        <translation>Angemeldet als %1.</translation>
    </message>
    <message>
        <source>No keychain is running, and the sign-in is kept there.</source>
        <translation>Kein Schlüsselbund läuft, und die Anmeldung liegt dort.</translation>
    </message>
    <message>
        <source>The keychain&apos;s entry for this sign-in cannot be read.</source>
        <translation>Der Eintrag dieser Anmeldung im Schlüsselbund ist nicht lesbar.</translation>
    </message>
    <message>
        <source>Sign in</source>
        <translation>Anmelden</translation>
    </message>
    <message>
        <source>The keychain does not answer. Continues when it does.</source>
        <translation>Der Schlüsselbund antwortet nicht. Es geht weiter, sobald er antwortet.</translation>
    </message>
    <message>
        <source>The keychain is locked. Continues when it is unlocked.</source>
        <translation>Der Schlüsselbund ist gesperrt. Es geht weiter, sobald er entsperrt ist.</translation>
    </message>
    <message>
        <source>%1 does not know the last sign-in any more; its answer was lost %2.</source>
        <translation>%1 kennt die letzte Anmeldung nicht mehr; deren Antwort ging %2 verloren.</translation>
    </message>
    <message>
        <source>The keychain no longer has this sign-in, noticed %1.</source>
        <translation>Der Schlüsselbund hat diese Anmeldung nicht mehr, bemerkt %1.</translation>
    </message>
    <message>
        <source>Signed out by %1 %2: the sign-in was taken back.</source>
        <translation>Abgemeldet von %1 %2: Die Anmeldung wurde zurückgezogen.</translation>
    </message>
    <message>
        <source>Signed out by %1 %2: the sign-in has expired.</source>
        <translation>Abgemeldet von %1 %2: Die Anmeldung ist abgelaufen.</translation>
    </message>
    <message>
        <source>%1 has asked for a new sign-in since %2.</source>
        <translation>%1 bittet seit %2 um eine neue Anmeldung.</translation>
    </message>
    <message>
        <source>Switched off.</source>
        <translation>Ausgeschaltet.</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>Einschalten</translation>
    </message>
    <message>
        <source>Signed out.</source>
        <translation>Abgemeldet.</translation>
    </message>
    <message>
        <source>Waits for you to sign in in the browser.</source>
        <translation>Wartet auf Ihre Anmeldung im Browser.</translation>
    </message>
    <message>
        <source>Looking into the keychain.</source>
        <translation>Der Schlüsselbund wird gelesen.</translation>
    </message>
    <message>
        <source>Reconnecting since %1.</source>
        <translation>Neue Verbindung wird seit %1 versucht.</translation>
    </message>
    <message>
        <source>Signed in, works until %1. %2</source>
        <comment>a clock time, a sentence</comment>
        <translation>Angemeldet, funktioniert bis %1. %2</translation>
    </message>
    <message>
        <source>Not reachable since %1; still signed in.</source>
        <translation>Seit %1 nicht erreichbar; noch angemeldet.</translation>
    </message>
    <message>
        <source>Tried every hour, next %1.</source>
        <translation>Stündlich versucht, das nächste Mal %1.</translation>
    </message>
    <message>
        <source>%1 asked for a pause until %2.</source>
        <translation>%1 hat um eine Pause bis %2 gebeten.</translation>
    </message>
    <message>
        <source>%1 asked for a pause.</source>
        <translation>%1 hat um eine Pause gebeten.</translation>
    </message>
    <message>
        <source>Offline. Continues when the network is back.</source>
        <translation>Kein Netz. Es geht weiter, sobald das Netz wieder da ist.</translation>
    </message>
    <message>
        <source>%1 no longer accepts this app&apos;s registration.</source>
        <translation>%1 nimmt die Registrierung dieses Programms nicht mehr an.</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>Reparieren</translation>
    </message>
    <message>
        <source>The settings of this account do not fit %1.</source>
        <translation>Die Einstellungen dieses Kontos passen nicht zu %1.</translation>
    </message>
    <message>
        <source>The settings of this account do not fit %1: %2.</source>
        <translation>Die Einstellungen dieses Kontos passen nicht zu %1: %2.</translation>
    </message>
    <message>
        <source>%1&apos;s administrator does not allow this sign-in.</source>
        <translation>Die Administration von %1 erlaubt diese Anmeldung nicht.</translation>
    </message>
    <message>
        <source>Checked again %1.</source>
        <translation>Wird %1 erneut geprüft.</translation>
    </message>
    <message>
        <source>Somebody else signed in; this account is %1. Nothing was changed.</source>
        <translation>Jemand anderes hat sich angemeldet; dieses Konto ist %1. Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>%1 · %2</source>
        <extracomment>A name and what there is to say about it</extracomment>
        <translation>%1 · %2</translation>
    </message>
    <message>
        <source>%1 needs a sign-in.</source>
        <translation>%1 braucht eine Anmeldung.</translation>
    </message>
    <message>
        <source>The keychain is locked.</source>
        <translation>Der Schlüsselbund ist gesperrt.</translation>
    </message>
    <message numerus="yes">
        <source>%n more things.</source>
        <translation>
            <numerusform>Noch %n Sache.</numerusform>
            <numerusform>Noch %n Sachen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Sending %n files.</source>
        <translation>
            <numerusform>%n Datei wird gesendet.</numerusform>
            <numerusform>%n Dateien werden gesendet.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files wait</source>
        <translation>
            <numerusform>%n Datei wartet</numerusform>
            <numerusform>%n Dateien warten</numerusform>
        </translation>
    </message>
    <message>
        <source>Nobody is signed in.</source>
        <translation>Niemand ist angemeldet.</translation>
    </message>
    <message>
        <source>Everything is delivered.</source>
        <translation>Alles ist zugestellt.</translation>
    </message>
    <message>
        <source>yesterday %1</source>
        <translation>gestern %1</translation>
    </message>
    <message>
        <source>tomorrow %1</source>
        <translation>morgen %1</translation>
    </message>
    <message>
        <source>%1 %2</source>
        <comment>day and time</comment>
        <extracomment>A day and a clock time, as in &quot;Monday 14:02&quot; or &quot;3/4/26 14:02&quot;</extracomment>
        <translation>%1 %2</translation>
    </message>
    <message>
        <source>at %1</source>
        <comment>a clock time of today</comment>
        <translation>um %1</translation>
    </message>
    <message>
        <source>now</source>
        <comment>the next try</comment>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>gerade eben</translation>
    </message>
    <message numerus="yes">
        <source>%n min ago</source>
        <translation>
            <numerusform>vor %n min</numerusform>
            <numerusform>vor %n min</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n s</source>
        <translation>
            <numerusform>%n s</numerusform>
            <numerusform>%n s</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n min</source>
        <translation>
            <numerusform>%n min</numerusform>
            <numerusform>%n min</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n h</source>
        <translation>
            <numerusform>%n h</numerusform>
            <numerusform>%n h</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n days</source>
        <translation>
            <numerusform>%n Tag</numerusform>
            <numerusform>%n Tage</numerusform>
        </translation>
    </message>
    <message>
        <source>the server did not answer</source>
        <translation>der Server hat nicht geantwortet</translation>
    </message>
    <message>
        <source>the server asked for a pause</source>
        <translation>der Server hat um eine Pause gebeten</translation>
    </message>
    <message>
        <source>the server has trouble of its own</source>
        <translation>der Server hat selbst Schwierigkeiten</translation>
    </message>
    <message>
        <source>something other than the server answered</source>
        <translation>etwas anderes als der Server hat geantwortet</translation>
    </message>
    <message>
        <source>%1 since %2</source>
        <comment>3 files wait, a clock time</comment>
        <translation>%1 seit %2</translation>
    </message>
    <message>
        <source>%1: %2.</source>
        <comment>what, why</comment>
        <translation>%1: %2.</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
    <message numerus="yes">
        <source>%n changes wait in a form that cannot be read.</source>
        <translation>
            <numerusform>%n Änderung wartet in nicht lesbarer Form.</numerusform>
            <numerusform>%n Änderungen warten in nicht lesbarer Form.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files</source>
        <translation>
            <numerusform>%n Datei</numerusform>
            <numerusform>%n Dateien</numerusform>
        </translation>
    </message>
    <message>
        <source>The server</source>
        <translation>Der Server</translation>
    </message>
    <message>
        <source>%1 did not take %2.</source>
        <comment>who, how many files</comment>
        <translation>%1 hat %2 nicht angenommen.</translation>
    </message>
    <message>
        <source>%1 did not take %2: %3.</source>
        <comment>who, how many files, a quotation</comment>
        <translation>%1 hat %2 nicht angenommen: %3.</translation>
    </message>
    <message>
        <source>its account</source>
        <translation>das zugehörige Konto</translation>
    </message>
    <message>
        <source>Waits for %1: it needs you.</source>
        <translation>Wartet auf %1: Es braucht Sie.</translation>
    </message>
    <message>
        <source>Waits for %1: its administrator is asked.</source>
        <translation>Wartet auf %1: Die Administration ist gefragt.</translation>
    </message>
    <message>
        <source>Waits for %1: it is off.</source>
        <translation>Wartet auf %1: Es ist aus.</translation>
    </message>
    <message>
        <source>Waits for %1: reconnecting.</source>
        <translation>Wartet auf %1: Neue Verbindung wird versucht.</translation>
    </message>
    <message>
        <source>Waits for %1: reconnecting since %2.</source>
        <translation>Wartet auf %1: Neue Verbindung wird seit %2 versucht.</translation>
    </message>
    <message>
        <source>Everything is delivered. Last push %1.</source>
        <translation>Alles ist zugestellt. Zuletzt gesendet: %1.</translation>
    </message>
    <message>
        <source>Looking.</source>
        <translation>Wird angesehen.</translation>
    </message>
    <message>
        <source>Synced by relayfile-mount, started in a terminal.</source>
        <translation>Wird von relayfile-mount abgeglichen, das in einem Terminal gestartet wurde.</translation>
    </message>
    <message numerus="yes">
        <source>Sending %1 of %n files.</source>
        <translation>
            <numerusform>%1 von %n Datei wird gesendet.</numerusform>
            <numerusform>%1 von %n Dateien gesendet.</numerusform>
        </translation>
    </message>
    <message>
        <source>Changes here are not sent: this sign-in may only read.</source>
        <translation>Änderungen hier werden nicht gesendet: Diese Anmeldung darf nur lesen.</translation>
    </message>
    <message>
        <source>Not syncing: the mount is stopped.</source>
        <translation>Kein Abgleich: Der Mount ist angehalten.</translation>
    </message>
    <message numerus="yes">
        <source>%n changes wait here.</source>
        <translation>
            <numerusform>%n Änderung wartet hier.</numerusform>
            <numerusform>%n Änderungen warten hier.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files were changed here and there.</source>
        <translation>
            <numerusform>%n Datei wurde hier und dort geändert.</numerusform>
            <numerusform>%n Dateien wurden hier und dort geändert.</numerusform>
        </translation>
    </message>
    <message>
        <source>Waits since %1.</source>
        <translation>Wartet seit %1.</translation>
    </message>
    <message>
        <source>Waits.</source>
        <translation>Wartet.</translation>
    </message>
    <message numerus="yes">
        <source>Tried %n times</source>
        <translation>
            <numerusform>%n-mal versucht</numerusform>
            <numerusform>%n-mal versucht</numerusform>
        </translation>
    </message>
    <message>
        <source>%1.</source>
        <comment>Tried 3 times</comment>
        <translation>%1.</translation>
    </message>
    <message>
        <source>Not delivered.</source>
        <translation>Nicht zugestellt.</translation>
    </message>
    <message>
        <source>Not delivered: %1.</source>
        <translation>Nicht zugestellt: %1.</translation>
    </message>
    <message>
        <source>Delivered %1.</source>
        <translation>Zugestellt: %1.</translation>
    </message>
    <message>
        <source>Delivered.</source>
        <translation>Zugestellt.</translation>
    </message>
    <message>
        <source>This record cannot be read.</source>
        <translation>Dieser Eintrag ist nicht lesbar.</translation>
    </message>
    <message>
        <source>Waits its turn, %1.</source>
        <translation>Wartet, bis er an der Reihe ist, %1.</translation>
    </message>
    <message>
        <source>Sending, %1.</source>
        <translation>Wird gesendet, %1.</translation>
    </message>
    <message>
        <source>Sent. The server is passing it on.</source>
        <translation>Gesendet. Der Server gibt es weiter.</translation>
    </message>
    <message>
        <source>%1 did not take it and gave no reason.</source>
        <translation>%1 hat es nicht angenommen und keinen Grund genannt.</translation>
    </message>
    <message>
        <source>%1 did not take it: %2.</source>
        <translation>%1 hat es nicht angenommen: %2.</translation>
    </message>
    <message>
        <source>Not sent.</source>
        <translation>Nicht gesendet.</translation>
    </message>
    <message>
        <source>Not sent: %1.</source>
        <translation>Nicht gesendet: %1.</translation>
    </message>
    <message>
        <source>Stopped by you.</source>
        <translation>Von Ihnen angehalten.</translation>
    </message>
    <message numerus="yes">
        <source>%1 of %n files</source>
        <translation>
            <numerusform>%1 von %n Datei</numerusform>
            <numerusform>%1 von %n Dateien</numerusform>
        </translation>
    </message>
    <message>
        <source>%1/s</source>
        <extracomment>Bytes per second, as in &quot;3.2 MB/s&quot;</extracomment>
        <translation>%1/s</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>noch %1</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Noch einmal</translation>
    </message>
    <message numerus="yes">
        <source>%n files were not delivered</source>
        <translation>
            <numerusform>%n Datei wurde nicht zugestellt</numerusform>
            <numerusform>%n Dateien wurden nicht zugestellt</numerusform>
        </translation>
    </message>
    <message>
        <source>%1, %2 went through.</source>
        <comment>3 files were not delivered, a number</comment>
        <translation>%1, %2 kamen an.</translation>
    </message>
    <message>
        <source>%1.</source>
        <comment>3 files were not delivered</comment>
        <translation>%1.</translation>
    </message>
    <message numerus="yes">
        <source>Stopped by you after %n files.</source>
        <translation>
            <numerusform>Von Ihnen nach %n Datei angehalten.</numerusform>
            <numerusform>Von Ihnen nach %n Dateien angehalten.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n files delivered</source>
        <translation>
            <numerusform>%n Datei zugestellt</numerusform>
            <numerusform>%n Dateien zugestellt</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 %2.</source>
        <comment>3 files delivered, 2 min ago</comment>
        <translation>%1, %2.</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>und %n weiteres</numerusform>
            <numerusform>und %n weitere</numerusform>
        </translation>
    </message>
    <message>
        <source>Renewed</source>
        <comment>a sign-in</comment>
        <translation>Erneuert</translation>
    </message>
    <message>
        <source>Signed in</source>
        <comment>an event</comment>
        <translation>Angemeldet</translation>
    </message>
    <message>
        <source>Signed out</source>
        <comment>an event</comment>
        <translation>Abgemeldet</translation>
    </message>
    <message>
        <source>A service did not take the token</source>
        <translation>Ein Dienst hat das Token nicht angenommen</translation>
    </message>
    <message>
        <source>Took the newer sign-in of another program</source>
        <translation>Die neuere Anmeldung eines anderen Programms übernommen</translation>
    </message>
    <message>
        <source>The keychain is there again</source>
        <translation>Der Schlüsselbund ist wieder da</translation>
    </message>
    <message>
        <source>Switched off</source>
        <comment>an event</comment>
        <translation>Ausgeschaltet</translation>
    </message>
    <message>
        <source>Switched on</source>
        <comment>an event</comment>
        <translation>Eingeschaltet</translation>
    </message>
    <message>
        <source>The sign-in server refused</source>
        <translation>Der Anmeldeserver hat abgelehnt</translation>
    </message>
    <message>
        <source>The sign-in could not be renewed</source>
        <translation>Die Anmeldung ließ sich nicht erneuern</translation>
    </message>
    <message>
        <source>%1 (try %2)</source>
        <comment>a statement, a number</comment>
        <translation>%1 (Versuch %2)</translation>
    </message>
    <message>
        <source>The proxy on the way to %1 does not answer.</source>
        <translation>Der Proxy auf dem Weg zu %1 antwortet nicht.</translation>
    </message>
    <message>
        <source>The keychain&apos;s entry for this sign-in cannot be read. It works until you quit.</source>
        <translation>Der Eintrag dieser Anmeldung im Schlüsselbund ist nicht lesbar. Sie gilt, bis Sie beenden.</translation>
    </message>
    <message>
        <source>%1 wants you to confirm who you are.</source>
        <translation>%1 möchte bestätigt haben, wer Sie sind.</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>Bestätigen</translation>
    </message>
    <message>
        <source>The sign-in ends %1.</source>
        <translation>Die Anmeldung endet %1.</translation>
    </message>
    <message>
        <source>Sign in again</source>
        <translation>Erneut anmelden</translation>
    </message>
    <message numerus="yes">
        <source>Signed in. The sign-in ends in %n days.</source>
        <translation>
            <numerusform>Angemeldet. Die Anmeldung endet in %n Tag.</numerusform>
            <numerusform>Angemeldet. Die Anmeldung endet in %n Tagen.</numerusform>
        </translation>
    </message>
    <message>
        <source>The keychain did not let Postroom in.</source>
        <translation>Der Schlüsselbund hat Postroom keinen Zugriff gegeben.</translation>
    </message>
    <message>
        <source>The keychain cannot be read at the moment.</source>
        <translation>Der Schlüsselbund ist gerade nicht lesbar.</translation>
    </message>
    <message>
        <source>The keychain&apos;s entry for this sign-in cannot be read, noticed %1.</source>
        <translation>Der Eintrag dieser Anmeldung im Schlüsselbund ist nicht lesbar, bemerkt %1.</translation>
    </message>
    <message>
        <source>%1 wants you to confirm your sign-in, since %2.</source>
        <translation>%1 möchte seit %2 Ihre Anmeldung bestätigt haben.</translation>
    </message>
    <message>
        <source>Signed out by %1 %2: your organisation wants a new sign-in from time to time.</source>
        <translation>Abgemeldet von %1 %2: Ihre Organisation möchte von Zeit zu Zeit eine neue Anmeldung.</translation>
    </message>
    <message>
        <source>The services of %1 have not taken this sign-in since %2.</source>
        <translation>Die Dienste von %1 nehmen diese Anmeldung seit %2 nicht an.</translation>
    </message>
    <message>
        <source>Signed out by %1 %2: this app was registered anew.</source>
        <translation>Abgemeldet von %1 %2: Dieses Programm wurde neu registriert.</translation>
    </message>
    <message>
        <source>Signed out by %1 %2: a newer sign-in has replaced this one.</source>
        <translation>Abgemeldet von %1 %2: Eine neuere Anmeldung hat diese ersetzt.</translation>
    </message>
    <message>
        <source>%1 refused to renew the sign-in %2.</source>
        <translation>%1 hat es %2 abgelehnt, die Anmeldung zu erneuern.</translation>
    </message>
    <message>
        <source>%1 refused to renew the sign-in %2: %3.</source>
        <translation>%1 hat es %2 abgelehnt, die Anmeldung zu erneuern: %3.</translation>
    </message>
    <message>
        <source>Asked again %1.</source>
        <translation>Erneute Anfrage %1.</translation>
    </message>
    <message>
        <source>Asked again tomorrow.</source>
        <translation>Erneute Anfrage morgen.</translation>
    </message>
    <message>
        <source>Works until %1. %2.</source>
        <comment>a clock time, a statement</comment>
        <translation>Funktioniert bis %1. %2.</translation>
    </message>
    <message>
        <source>You signed in as %1; this account is %2. Nothing was changed.</source>
        <translation>Sie haben sich als %1 angemeldet; dieses Konto ist %2. Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Choose</source>
        <translation>Wählen</translation>
    </message>
    <message>
        <source>Signed out by you %1.</source>
        <translation>Von Ihnen %1 abgemeldet.</translation>
    </message>
    <message>
        <source>Signed out: the sign-in was kept until Postroom quit, as you chose.</source>
        <translation>Abgemeldet: Die Anmeldung galt, bis Postroom beendet wurde, wie von Ihnen gewählt.</translation>
    </message>
    <message>
        <source>The sign-in that %1 keeps cannot be used here.</source>
        <translation>Die Anmeldung, die %1 verwaltet, lässt sich hier nicht verwenden.</translation>
    </message>
    <message>
        <source>The sign-in that %1 keeps cannot be used here: %2.</source>
        <translation>Die Anmeldung, die %1 verwaltet, lässt sich hier nicht verwenden: %2.</translation>
    </message>
    <message>
        <source>The sign-in that %1 kept ended %2. It begins anew there.</source>
        <translation>Die Anmeldung, die %1 verwaltet hat, endete %2. Dort beginnt sie neu.</translation>
    </message>
    <message>
        <source>Move into the keychain</source>
        <translation>In den Schlüsselbund übernehmen</translation>
    </message>
    <message>
        <source>%1 does not let this app renew sign-ins.</source>
        <translation>%1 erlaubt diesem Programm nicht, Anmeldungen zu erneuern.</translation>
    </message>
    <message>
        <source>From now on Postroom renews this sign-in. %1 still has its own copy, which stops working once the sign-in is renewed; to go on using %1, sign in there again.</source>
        <translation>Von jetzt an erneuert Postroom diese Anmeldung. %1 hat noch eine eigene Kopie, die nicht mehr funktioniert, sobald die Anmeldung erneuert ist; um %1 weiter zu verwenden, melden Sie sich dort erneut an.</translation>
    </message>
    <message>
        <source>is switched off</source>
        <translation>ist ausgeschaltet</translation>
    </message>
    <message>
        <source>needs a sign-in</source>
        <translation>braucht eine Anmeldung</translation>
    </message>
    <message>
        <source>waits for the keychain</source>
        <translation>wartet auf den Schlüsselbund</translation>
    </message>
    <message>
        <source>reconnects %1</source>
        <comment>at 14:05</comment>
        <translation>verbindet sich %1 neu</translation>
    </message>
    <message>
        <source>is reconnecting</source>
        <translation>verbindet sich gerade neu</translation>
    </message>
    <message>
        <source>is not allowed by its administrator</source>
        <translation>ist von der Administration nicht erlaubt</translation>
    </message>
    <message>
        <source>lacks a right that is needed</source>
        <translation>hat nicht alle nötigen Rechte</translation>
    </message>
    <message>
        <source>resets %1</source>
        <comment>at 14:05</comment>
        <translation>beginnt %1 neu</translation>
    </message>
    <message>
        <source>is used up</source>
        <translation>ist aufgebraucht</translation>
    </message>
    <message>
        <source>does not tell its usage</source>
        <translation>nennt seinen Verbrauch nicht</translation>
    </message>
    <message>
        <source>is nearly used up</source>
        <translation>ist fast aufgebraucht</translation>
    </message>
    <message>
        <source>comes later in the list</source>
        <translation>kommt später in der Liste</translation>
    </message>
    <message>
        <source>Using %1 because %2 %3.</source>
        <comment>an account, another account, what is with it</comment>
        <translation>Verwendet wird %1, denn %2 %3.</translation>
    </message>
    <message>
        <source>Using %1.</source>
        <translation>Verwendet wird %1.</translation>
    </message>
    <message>
        <source>Using %1, which comes first.</source>
        <translation>Verwendet wird %1, das zuerst kommt.</translation>
    </message>
    <message numerus="yes">
        <source>%n accounts</source>
        <translation>
            <numerusform>%n Konto</numerusform>
            <numerusform>%n Konten</numerusform>
        </translation>
    </message>
    <message>
        <source>5-hour limit</source>
        <translation>5-Stunden-Limit</translation>
    </message>
    <message>
        <source>5-hour limit for %1</source>
        <comment>a model</comment>
        <translation>5-Stunden-Limit für %1</translation>
    </message>
    <message>
        <source>weekly limit for %1</source>
        <comment>a model</comment>
        <translation>Wochenlimit für %1</translation>
    </message>
    <message>
        <source>weekly limit</source>
        <translation>Wochenlimit</translation>
    </message>
    <message>
        <source>limit</source>
        <translation>Limit</translation>
    </message>
    <message>
        <source>limit for %1</source>
        <comment>a model</comment>
        <translation>Limit für %1</translation>
    </message>
    <message>
        <source>limit &quot;%1&quot;</source>
        <extracomment>The server&apos;s own name of a limit that Postroom has no words for</extracomment>
        <translation>Limit „%1“</translation>
    </message>
    <message>
        <source>%1 %</source>
        <extracomment>A number of percent</extracomment>
        <translation>%1 %</translation>
    </message>
    <message>
        <source>begins with its next use</source>
        <translation>beginnt mit der nächsten Nutzung</translation>
    </message>
    <message>
        <source>resets %1</source>
        <comment>a clock time</comment>
        <translation>neu ab %1</translation>
    </message>
    <message>
        <source>The %1 is used up.</source>
        <comment>name of a limit</comment>
        <translation>Das %1 ist aufgebraucht.</translation>
    </message>
    <message>
        <source>The %1 is used up, %2.</source>
        <comment>name of a limit, when it resets</comment>
        <translation>Das %1 ist aufgebraucht, %2.</translation>
    </message>
    <message>
        <source>%1 of the %2 used.</source>
        <comment>percent, name of a limit</comment>
        <translation>%1 vom %2 verbraucht.</translation>
    </message>
    <message>
        <source>%1 of the %2 used, %3.</source>
        <comment>percent, name of a limit, when it resets</comment>
        <translation>%1 vom %2 verbraucht, %3.</translation>
    </message>
    <message>
        <source>%1 of %2 used</source>
        <comment>two amounts of money</comment>
        <translation>%1 von %2 verbraucht</translation>
    </message>
    <message>
        <source>%1 used</source>
        <comment>an amount of money</comment>
        <translation>%1 verbraucht</translation>
    </message>
    <message>
        <source>up to %1</source>
        <comment>an amount of money</comment>
        <translation>bis zu %1</translation>
    </message>
    <message>
        <source>switched on</source>
        <translation>eingeschaltet</translation>
    </message>
    <message>
        <source>This sign-in may not read the usage data of %1.</source>
        <translation>Diese Anmeldung darf die Verbrauchsdaten von %1 nicht lesen.</translation>
    </message>
    <message>
        <source>%1 does not tell its usage data to this sign-in.</source>
        <translation>%1 nennt dieser Anmeldung keine Verbrauchsdaten.</translation>
    </message>
    <message>
        <source>%1 hides its usage data.</source>
        <translation>%1 verbirgt die Verbrauchsdaten.</translation>
    </message>
    <message>
        <source>The numbers may be old: %1 did not tell newer ones.</source>
        <translation>Die Zahlen sind vielleicht alt: %1 hat keine neueren genannt.</translation>
    </message>
    <message>
        <source>%1 asked for a pause before it tells newer numbers.</source>
        <translation>%1 hat um eine Pause gebeten, bevor es neuere Zahlen gibt.</translation>
    </message>
    <message>
        <source>The usage page of %1 seems to have changed.</source>
        <translation>Die Verbrauchsseite von %1 hat sich offenbar geändert.</translation>
    </message>
    <message>
        <source>The usage is not known yet.</source>
        <translation>Der Verbrauch ist noch nicht bekannt.</translation>
    </message>
    <message>
        <source>It is not clear whether this number is in per cent.</source>
        <translation>Es ist nicht klar, ob diese Zahl in Prozent gemeint ist.</translation>
    </message>
    <message>
        <source>Extra usage: %1.</source>
        <comment>amounts of money</comment>
        <translation>Zusätzlicher Verbrauch: %1.</translation>
    </message>
    <message>
        <source>Nothing has been used yet.</source>
        <translation>Noch ist nichts verbraucht.</translation>
    </message>
    <message>
        <source>%1 and %2</source>
        <comment>a list of rights, how many more</comment>
        <translation>%1 und %2</translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n weiteres</numerusform>
            <numerusform>%n weitere</numerusform>
        </translation>
    </message>
    <message>
        <source>A service wants you to confirm who you are</source>
        <translation>Ein Dienst möchte, dass Sie bestätigen, wer Sie sind</translation>
    </message>
    <message>
        <source>An answer brought another token along, which is tried</source>
        <translation>Eine Antwort brachte ein anderes Token mit, das jetzt versucht wird</translation>
    </message>
    <message>
        <source>Renewed the registration of Postroom there</source>
        <translation>Die Registrierung von Postroom dort wurde erneuert</translation>
    </message>
    <message>
        <source>The registration of Postroom is not known there any more</source>
        <translation>Die Registrierung von Postroom ist dort nicht mehr bekannt</translation>
    </message>
</context>
<context>
    <name>Postroom::AccountDetails</name>
    <message>
        <source>&amp;Check now</source>
        <translation>Jetzt &amp;prüfen</translation>
    </message>
    <message>
        <source>Sign &amp;in again…</source>
        <translation>Erneut an&amp;melden…</translation>
    </message>
    <message>
        <source>Sign &amp;out</source>
        <translation>A&amp;bmelden</translation>
    </message>
    <message>
        <source>&amp;Forget…</source>
        <translation>&amp;Vergessen…</translation>
    </message>
    <message>
        <source>Provider</source>
        <translation>Anbieter</translation>
    </message>
    <message>
        <source>Signed in as</source>
        <translation>Angemeldet als</translation>
    </message>
    <message>
        <source>Works until</source>
        <translation>Gültig bis</translation>
    </message>
    <message>
        <source>Next try</source>
        <translation>Nächster Versuch</translation>
    </message>
    <message>
        <source>Kept in</source>
        <translation>Liegt in</translation>
    </message>
    <message>
        <source>Rights</source>
        <translation>Rechte</translation>
    </message>
    <message>
        <source>Last trouble</source>
        <translation>Letzte Störung</translation>
    </message>
    <message>
        <source>Forget %1? Its sign-in leaves the keychain. Files and workspaces stay as they are.</source>
        <translation>%1 vergessen? Die Anmeldung verlässt den Schlüsselbund. Dateien und Arbeitsbereiche bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>Forget it</source>
        <translation>Vergessen</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>S&amp;witch off</source>
        <translation>A&amp;usschalten</translation>
    </message>
    <message>
        <source>S&amp;witch on</source>
        <translation>&amp;Einschalten</translation>
    </message>
    <message>
        <source>Check %1 now</source>
        <translation>%1 jetzt prüfen</translation>
    </message>
    <message>
        <source>Sign in again to %1</source>
        <translation>Bei %1 erneut anmelden</translation>
    </message>
    <message>
        <source>Switch %1 off</source>
        <translation>%1 ausschalten</translation>
    </message>
    <message>
        <source>Switch %1 on</source>
        <translation>%1 einschalten</translation>
    </message>
    <message>
        <source>Sign out of %1</source>
        <translation>Von %1 abmelden</translation>
    </message>
    <message>
        <source>Forget %1</source>
        <translation>%1 vergessen</translation>
    </message>
    <message>
        <source>%1, %2</source>
        <extracomment>A provider&apos;s name and its server</extracomment>
        <translation>%1, %2</translation>
    </message>
    <message>
        <source>Renewed next</source>
        <translation>Wird erneuert</translation>
    </message>
    <message>
        <source>the keychain</source>
        <translation>dem Schlüsselbund</translation>
    </message>
    <message>
        <source>memory; not in the keychain yet</source>
        <translation>dem Arbeitsspeicher; noch nicht im Schlüsselbund</translation>
    </message>
    <message>
        <source>the keychain, which is locked</source>
        <translation>dem Schlüsselbund, der gesperrt ist</translation>
    </message>
    <message>
        <source>memory until you quit; no keychain is running</source>
        <translation>dem Arbeitsspeicher, bis Sie beenden; kein Schlüsselbund läuft</translation>
    </message>
    <message>
        <source>the keychain, in a form that cannot be read</source>
        <translation>dem Schlüsselbund, in nicht lesbarer Form</translation>
    </message>
    <message>
        <source>memory until you quit, as you chose</source>
        <translation>dem Arbeitsspeicher, bis Sie beenden, wie von Ihnen gewählt</translation>
    </message>
    <message>
        <source>%1 (%2)</source>
        <extracomment>What happened, and when</extracomment>
        <translation>%1 (%2)</translation>
    </message>
    <message>
        <source>request %1</source>
        <translation>Anfrage %1</translation>
    </message>
    <message>
        <source>&amp;Try now</source>
        <translation>&amp;Jetzt versuchen</translation>
    </message>
    <message>
        <source>&amp;Grant more access…</source>
        <translation>Mehr &amp;Zugriff geben…</translation>
    </message>
    <message>
        <source>The chosen account</source>
        <translation>Das gewählte Konto</translation>
    </message>
    <message>
        <source>&amp;Move into the keychain…</source>
        <translation>In den &amp;Schlüsselbund übernehmen…</translation>
    </message>
    <message>
        <source>the sign-in server</source>
        <translation>der Anmeldeserver</translation>
    </message>
    <message>
        <source>%1 asked for a pause until %2. Asking it earlier may make the pause longer.</source>
        <translation>%1 hat um eine Pause bis %2 gebeten. Wird früher gefragt, kann die Pause länger werden.</translation>
    </message>
    <message>
        <source>%1 asked for a pause. Asking it earlier may make the pause longer.</source>
        <translation>%1 hat um eine Pause gebeten. Wird früher gefragt, kann die Pause länger werden.</translation>
    </message>
    <message>
        <source>Try all the same</source>
        <translation>Trotzdem versuchen</translation>
    </message>
    <message>
        <source>Wait</source>
        <translation>Warten</translation>
    </message>
    <message>
        <source>Move the sign-in of %1 into the keychain? Postroom renews it from then on; to go on using %2, sign in there again.</source>
        <translation>Die Anmeldung von %1 in den Schlüsselbund übernehmen? Postroom erneuert sie von da an; um %2 weiter zu verwenden, melden Sie sich dort erneut an.</translation>
    </message>
    <message>
        <source>Move it</source>
        <translation>Übernehmen</translation>
    </message>
    <message>
        <source>Leave it there</source>
        <translation>Dort lassen</translation>
    </message>
    <message>
        <source>%1 keeps this sign-in, and Postroom only reads along. Moved into the keychain, it is renewed by Postroom, and the copy of %1 stops working after a while.</source>
        <translation>%1 verwaltet diese Anmeldung, und Postroom liest nur mit. Einmal in den Schlüsselbund übernommen, wird sie von Postroom erneuert, und die Kopie von %1 funktioniert nach einer Weile nicht mehr.</translation>
    </message>
    <message>
        <source>Try now: %1</source>
        <translation>Jetzt versuchen: %1</translation>
    </message>
    <message>
        <source>Grant more access: %1</source>
        <translation>Mehr Zugriff geben: %1</translation>
    </message>
    <message>
        <source>Move the sign-in of %1 into the keychain</source>
        <translation>Die Anmeldung von %1 in den Schlüsselbund übernehmen</translation>
    </message>
    <message>
        <source>Sign-in ends</source>
        <translation>Anmeldung endet</translation>
    </message>
    <message>
        <source>Missing rights</source>
        <translation>Fehlende Rechte</translation>
    </message>
    <message>
        <source>In technical terms</source>
        <translation>Technisch gesagt</translation>
    </message>
    <message>
        <source>%1, as far as is known: the server did not say</source>
        <translation>%1, soweit bekannt: Der Server hat es nicht gesagt</translation>
    </message>
    <message>
        <source>now: the sign-in is being renewed</source>
        <translation>jetzt: Die Anmeldung wird erneuert</translation>
    </message>
    <message>
        <source>%1, in %2</source>
        <extracomment>A date, and how long it is until then</extracomment>
        <translation>%1, noch %2</translation>
    </message>
    <message>
        <source>try %1</source>
        <translation>Versuch %1</translation>
    </message>
    <message>
        <source>Serving now</source>
        <translation>Derzeit im Einsatz</translation>
    </message>
</context>
<context>
    <name>Postroom::AccountHistory</name>
    <message>
        <source>Recently</source>
        <translation>Zuletzt</translation>
    </message>
    <message>
        <source>Nothing has happened to this sign-in yet.</source>
        <translation>Mit dieser Anmeldung ist noch nichts geschehen.</translation>
    </message>
    <message>
        <source>States, codes and times of this account, without tokens and without your name.</source>
        <translation>Zustände, Codes und Zeiten dieses Kontos, ohne Tokens und ohne Ihren Namen.</translation>
    </message>
    <message>
        <source>What happened to this sign-in, the newest first</source>
        <translation>Was mit dieser Anmeldung geschah, das Neueste zuerst</translation>
    </message>
    <message>
        <source>Diagnostics copied</source>
        <translation>Diagnose kopiert</translation>
    </message>
    <message>
        <source>Copy &amp;diagnostics</source>
        <translation>&amp;Diagnose kopieren</translation>
    </message>
    <message>
        <source>The diagnostics are in the clipboard</source>
        <translation>Die Diagnose ist in der Zwischenablage</translation>
    </message>
    <message>
        <source>Copy diagnostics</source>
        <translation>Diagnose kopieren</translation>
    </message>
</context>
<context>
    <name>Postroom::AccountHistoryModel</name>
    <message>
        <source>request %1</source>
        <translation>Anfrage %1</translation>
    </message>
    <message>
        <source>no code</source>
        <translation>kein Code</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Code</translation>
    </message>
</context>
<context>
    <name>Postroom::AccountsModel</name>
    <message>
        <source>%1. %2</source>
        <comment>name and sentence</comment>
        <translation>%1. %2</translation>
    </message>
</context>
<context>
    <name>Postroom::AccountsPage</name>
    <message>
        <source>Accounts</source>
        <translation>Konten</translation>
    </message>
    <message>
        <source>&amp;Sign in…</source>
        <translation>&amp;Anmelden…</translation>
    </message>
    <message>
        <source>Sign in to another account</source>
        <translation>Bei einem weiteren Konto anmelden</translation>
    </message>
    <message>
        <source>No account yet</source>
        <translation>Noch kein Konto</translation>
    </message>
    <message>
        <source>An account is what your workspaces and other services know you by. Postroom keeps it signed in.</source>
        <translation>Unter einem Konto kennen Sie Ihre Arbeitsbereiche und andere Dienste. Postroom hält es angemeldet.</translation>
    </message>
</context>
<context>
    <name>Postroom::Actions</name>
    <message>
        <source>The folder %1 cannot be opened from here.</source>
        <translation>Der Ordner %1 lässt sich von hier aus nicht öffnen.</translation>
    </message>
</context>
<context>
    <name>Postroom::ActivityModel</name>
    <message>
        <source>%1: %2</source>
        <comment>a time, what happened</comment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>When</source>
        <translation>Wann</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschah</translation>
    </message>
    <message>
        <source>About</source>
        <translation>Worum es ging</translation>
    </message>
</context>
<context>
    <name>Postroom::ActivityPage</name>
    <message>
        <source>Activity</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Nothing has happened yet</source>
        <translation>Noch ist nichts geschehen</translation>
    </message>
    <message>
        <source>Sign-ins, pushes and whatever needed you will be listed here, newest first.</source>
        <translation>Anmeldungen, Sendungen und alles, was Sie brauchte, steht später hier, das Neueste zuerst.</translation>
    </message>
</context>
<context>
    <name>Postroom::AttentionStrip</name>
    <message>
        <source>What needs you</source>
        <translation>Was Sie braucht</translation>
    </message>
    <message>
        <source>Previous line</source>
        <translation>Vorige Zeile</translation>
    </message>
    <message>
        <source>Next line</source>
        <translation>Nächste Zeile</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1 of %2</source>
        <extracomment>Place of this line among those that need attention</extracomment>
        <translation>%1 von %2</translation>
    </message>
</context>
<context>
    <name>Postroom::HomePage</name>
    <message>
        <source>Sign in to push files from here.</source>
        <translation>Melden Sie sich an, um von hier Dateien zu senden.</translation>
    </message>
    <message>
        <source>Sign in…</source>
        <translation>Anmelden…</translation>
    </message>
    <message>
        <source>No account yet</source>
        <translation>Noch kein Konto</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Welcome to Postroom</source>
        <translation>Willkommen bei Postroom</translation>
    </message>
    <message>
        <source>Sign in to the account behind your workspaces. Postroom keeps it signed in, delivers your files and tells you when something needs you.</source>
        <translation>Melden Sie sich bei dem Konto hinter Ihren Arbeitsbereichen an. Postroom hält es angemeldet, stellt Ihre Dateien zu und sagt Bescheid, wenn Sie gebraucht werden.</translation>
    </message>
    <message>
        <source>&amp;Sign in…</source>
        <translation>&amp;Anmelden…</translation>
    </message>
    <message>
        <source>Sign in</source>
        <translation>Anmelden</translation>
    </message>
    <message>
        <source>Add a &amp;mirror folder…</source>
        <translation>&amp;Spiegelordner hinzufügen…</translation>
    </message>
    <message>
        <source>Add a mirror folder</source>
        <translation>Spiegelordner hinzufügen</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>Workspace</source>
        <translation>Arbeitsbereich</translation>
    </message>
</context>
<context>
    <name>Postroom::MainWindow</name>
    <message>
        <source>Postroom</source>
        <translation>Postroom</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Home</source>
        <translation>Übersicht</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Konten</translation>
    </message>
    <message>
        <source>Workspaces</source>
        <translation>Arbeitsbereiche</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>%1, needs you</source>
        <translation>%1, braucht Sie</translation>
    </message>
</context>
<context>
    <name>Postroom::NoticeBar</name>
    <message>
        <source>Message</source>
        <translation>Nachricht</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>Weglegen</translation>
    </message>
    <message>
        <source>Put this message away</source>
        <translation>Diese Nachricht weglegen</translation>
    </message>
</context>
<context>
    <name>Postroom::Notifier</name>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
</context>
<context>
    <name>Postroom::OutboxModel</name>
    <message>
        <source>%1. %2</source>
        <comment>name and sentence</comment>
        <translation>%1. %2</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>How it stands</source>
        <translation>Wie es steht</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Next try</source>
        <translation>Nächster Versuch</translation>
    </message>
</context>
<context>
    <name>Postroom::PushSheet</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Before the files are sent</source>
        <translation>Bevor die Dateien gesendet werden</translation>
    </message>
    <message>
        <source>Files that cannot be sent, and why</source>
        <translation>Dateien, die nicht gesendet werden können, und warum</translation>
    </message>
    <message>
        <source>Send nothing</source>
        <translation>Nichts senden</translation>
    </message>
    <message>
        <source>There are no files in what you chose.</source>
        <translation>In der Auswahl sind keine Dateien.</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <extracomment>A file and why it cannot be sent</extracomment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Folder in the workspace</source>
        <translation>Ordner im Arbeitsbereich</translation>
    </message>
    <message>
        <source>&amp;Folder in the workspace:</source>
        <translation>Ordner im A&amp;rbeitsbereich:</translation>
    </message>
</context>
<context>
    <name>Postroom::QuotaPane</name>
    <message>
        <source>Usage</source>
        <translation>Verbrauch</translation>
    </message>
    <message>
        <source>Paid on top</source>
        <translation>Zusätzlich bezahlt</translation>
    </message>
</context>
<context>
    <name>Postroom::RecordPane</name>
    <message>
        <source>The chosen file</source>
        <translation>Die gewählte Datei</translation>
    </message>
    <message>
        <source>Choose a file to see how it stands.</source>
        <translation>Wählen Sie eine Datei, um zu sehen, wie es um sie steht.</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Tries</source>
        <translation>Versuche</translation>
    </message>
    <message>
        <source>First seen</source>
        <translation>Zuerst gesehen</translation>
    </message>
    <message>
        <source>Last try</source>
        <translation>Letzter Versuch</translation>
    </message>
    <message>
        <source>Next try</source>
        <translation>Nächster Versuch</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>Zugestellt</translation>
    </message>
    <message>
        <source>Operation</source>
        <translation>Vorgang</translation>
    </message>
    <message>
        <source>Revision</source>
        <translation>Fassung</translation>
    </message>
    <message>
        <source>Passed on</source>
        <translation>Weitergegeben</translation>
    </message>
    <message>
        <source>Checksum</source>
        <translation>Prüfsumme</translation>
    </message>
    <message>
        <source>Record</source>
        <translation>Eintrag</translation>
    </message>
</context>
<context>
    <name>Postroom::SentenceLabel</name>
    <message>
        <source>%1: %2</source>
        <extracomment>The name of a state and a sentence, for screen readers</extracomment>
        <translation>%1: %2</translation>
    </message>
</context>
<context>
    <name>Postroom::SettingsPage</name>
    <message>
        <source>&amp;Keep running in the tray when the window is closed</source>
        <translation>In der Leiste &amp;weiterlaufen, wenn das Fenster geschlossen wird</translation>
    </message>
    <message>
        <source>Start &amp;hidden in the tray</source>
        <translation>&amp;Verborgen in der Leiste starten</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>&amp;Language:</source>
        <translation>&amp;Sprache:</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>A change shows at the next start.</source>
        <translation>Eine Änderung zeigt sich beim nächsten Start.</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>Fenster</translation>
    </message>
    <message>
        <source>Keep running in the tray when the window is closed</source>
        <translation>In der Leiste weiterlaufen, wenn das Fenster geschlossen wird</translation>
    </message>
    <message>
        <source>Start hidden in the tray</source>
        <translation>Verborgen in der Leiste starten</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>Tasten</translation>
    </message>
    <message>
        <source>Home, Accounts, Workspaces, Activity, Settings</source>
        <translation>Übersicht, Konten, Arbeitsbereiche, Verlauf, Einstellungen</translation>
    </message>
    <message>
        <source>Sign in to an account</source>
        <translation>Bei einem Konto anmelden</translation>
    </message>
    <message>
        <source>Push files to the chosen workspace</source>
        <translation>Dateien an den gewählten Arbeitsbereich senden</translation>
    </message>
    <message>
        <source>Push the files that were copied in a file manager</source>
        <translation>Die im Dateimanager kopierten Dateien senden</translation>
    </message>
    <message>
        <source>Add a mirror folder</source>
        <translation>Spiegelordner hinzufügen</translation>
    </message>
    <message>
        <source>Look at the workspaces again</source>
        <translation>Die Arbeitsbereiche erneut ansehen</translation>
    </message>
    <message>
        <source>Go to what needs you</source>
        <translation>Zu dem gehen, was Sie braucht</translation>
    </message>
    <message>
        <source>This list</source>
        <translation>Diese Liste</translation>
    </message>
    <message>
        <source>Close the window</source>
        <translation>Das Fenster schließen</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>A click on the tray icon brings the window back. If the tray goes away, so does the hiding.</source>
        <translation>Ein Klick auf das Symbol in der Leiste holt das Fenster zurück. Verschwindet die Leiste, erscheint das Fenster wieder.</translation>
    </message>
    <message>
        <source>There is no tray on this desktop at the moment, so closing the window quits.</source>
        <translation>Auf diesem Desktop gibt es gerade keine Leiste, deshalb beendet das Schließen des Fensters das Programm.</translation>
    </message>
</context>
<context>
    <name>Postroom::SignInDialog</name>
    <message>
        <source>Sign in</source>
        <translation>Anmelden</translation>
    </message>
    <message>
        <source>No browser could be opened. Copy the link and open it yourself.</source>
        <translation>Es ließ sich kein Browser öffnen. Kopieren Sie den Link und öffnen Sie ihn selbst.</translation>
    </message>
    <message>
        <source>&amp;Open again</source>
        <translation>Erneut ö&amp;ffnen</translation>
    </message>
    <message>
        <source>Link copied</source>
        <translation>Link kopiert</translation>
    </message>
    <message>
        <source>Code copied</source>
        <translation>Code kopiert</translation>
    </message>
    <message>
        <source>In the browser on this computer</source>
        <translation>Im Browser auf diesem Computer</translation>
    </message>
    <message>
        <source>With a code, in a browser anywhere</source>
        <translation>Mit einem Code, in einem Browser irgendwo</translation>
    </message>
    <message>
        <source>With a token that I have</source>
        <translation>Mit einem Token, das ich habe</translation>
    </message>
    <message>
        <source>The keychain does not answer, so the sign-in cannot be kept in it.</source>
        <translation>Der Schlüsselbund antwortet nicht, deshalb kann die Anmeldung nicht darin bleiben.</translation>
    </message>
    <message>
        <source>There is no keychain for this user yet, so the sign-in cannot be kept in it.</source>
        <translation>Für diese Person gibt es noch keinen Schlüsselbund, deshalb kann die Anmeldung nicht darin bleiben.</translation>
    </message>
    <message>
        <source>No keychain is running, so the sign-in cannot be kept in one. It is never written to a file.</source>
        <translation>Kein Schlüsselbund läuft, deshalb kann die Anmeldung in keinem bleiben. In eine Datei wird sie nie geschrieben.</translation>
    </message>
    <message>
        <source>The keychain is locked. It is asked to unlock when the sign-in is done.</source>
        <translation>Der Schlüsselbund ist gesperrt. Nach der Anmeldung wird gefragt, ob er entsperrt werden soll.</translation>
    </message>
    <message>
        <source>The address of the server is needed, such as files.acme.example.</source>
        <translation>Die Adresse des Servers wird gebraucht, etwa files.acme.example.</translation>
    </message>
    <message>
        <source>This is not an address that can be used. It starts with https:// or is on this computer.</source>
        <translation>Diese Adresse lässt sich nicht verwenden. Sie beginnt mit https:// oder liegt auf diesem Computer.</translation>
    </message>
    <message>
        <source>This provider knows apps by a client ID. It is in the provider&apos;s settings for apps.</source>
        <translation>Dieser Anbieter kennt Programme unter einer Client-ID. Sie steht in seinen Einstellungen für Programme.</translation>
    </message>
    <message>
        <source>Paste the token here.</source>
        <translation>Fügen Sie das Token hier ein.</translation>
    </message>
    <message>
        <source>Without a keychain you can be signed in until you quit. Tick the box to go on.</source>
        <translation>Ohne Schlüsselbund können Sie angemeldet sein, bis Sie beenden. Setzen Sie das Häkchen, um fortzufahren.</translation>
    </message>
    <message>
        <source>You are signed in.</source>
        <translation>Sie sind angemeldet.</translation>
    </message>
    <message>
        <source>You are signed in as %1.</source>
        <translation>Sie sind angemeldet als %1.</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Vorbereitung</translation>
    </message>
    <message>
        <source>The server is asked how it wants you to sign in.</source>
        <translation>Der Server wird gefragt, wie die Anmeldung ablaufen soll.</translation>
    </message>
    <message>
        <source>Continue in your browser</source>
        <translation>Weiter im Browser</translation>
    </message>
    <message>
        <source>Sign in on the page that opens, then come back. This window notices by itself.</source>
        <translation>Melden Sie sich auf der Seite an, die sich öffnet, und kommen Sie dann zurück. Dieses Fenster merkt es von selbst.</translation>
    </message>
    <message>
        <source>Enter this code</source>
        <translation>Diesen Code eingeben</translation>
    </message>
    <message>
        <source>Open the page below in any browser, on any device, and type the code there.</source>
        <translation>Öffnen Sie die Seite unten in einem beliebigen Browser, auf einem beliebigen Gerät, und geben Sie dort den Code ein.</translation>
    </message>
    <message>
        <source>Almost there</source>
        <translation>Fast geschafft</translation>
    </message>
    <message>
        <source>The provider has answered. The sign-in is being completed.</source>
        <translation>Der Anbieter hat geantwortet. Die Anmeldung wird abgeschlossen.</translation>
    </message>
    <message>
        <source>The code: %1</source>
        <translation>Der Code: %1</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>Im Browser ö&amp;ffnen</translation>
    </message>
    <message>
        <source>Open the sign-in page in the browser</source>
        <translation>Die Anmeldeseite im Browser öffnen</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>noch %1</translation>
    </message>
    <message>
        <source>&amp;What do you want to sign in to?</source>
        <translation>&amp;Wobei möchten Sie sich anmelden?</translation>
    </message>
    <message>
        <source>What do you want to sign in to?</source>
        <translation>Wobei möchten Sie sich anmelden?</translation>
    </message>
    <message>
        <source>Sign in again</source>
        <translation>Erneut anmelden</translation>
    </message>
    <message>
        <source>You are asked to sign in with the same account as before.</source>
        <translation>Sie werden gebeten, sich mit demselben Konto wie zuvor anzumelden.</translation>
    </message>
    <message>
        <source>You are asked to sign in as %1.</source>
        <translation>Sie werden gebeten, sich als %1 anzumelden.</translation>
    </message>
    <message>
        <source>&amp;How:</source>
        <translation>&amp;Wie:</translation>
    </message>
    <message>
        <source>Ser&amp;ver:</source>
        <translation>Ser&amp;ver:</translation>
    </message>
    <message>
        <source>Client &amp;ID, as the provider gave it to you:</source>
        <translation>Client-&amp;ID, wie sie der Anbieter Ihnen gab:</translation>
    </message>
    <message>
        <source>Client &amp;secret, if there is one:</source>
        <translation>Client-&amp;Geheimnis, falls es eines gibt:</translation>
    </message>
    <message>
        <source>&amp;Token:</source>
        <translation>&amp;Token:</translation>
    </message>
    <message>
        <source>Chosen for you when left empty</source>
        <translation>Wird gewählt, wenn das Feld leer bleibt</translation>
    </message>
    <message>
        <source>What you want to &amp;call this account:</source>
        <translation>Wie Sie dieses Konto &amp;nennen möchten:</translation>
    </message>
    <message>
        <source>&amp;Keep me signed in until I quit</source>
        <translation>Angemeldet bleiben, bis ich &amp;beende</translation>
    </message>
    <message>
        <source>Keep me signed in until I quit</source>
        <translation>Angemeldet bleiben, bis ich beende</translation>
    </message>
    <message>
        <source>Si&amp;gn in</source>
        <translation>&amp;Anmelden</translation>
    </message>
    <message>
        <source>Start the sign-in</source>
        <translation>Die Anmeldung beginnen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Close without a sign-in</source>
        <translation>Ohne Anmeldung schließen</translation>
    </message>
    <message>
        <source>Copy &amp;link</source>
        <translation>&amp;Link kopieren</translation>
    </message>
    <message>
        <source>Copy the link of the sign-in page</source>
        <translation>Den Link der Anmeldeseite kopieren</translation>
    </message>
    <message>
        <source>Copy &amp;code</source>
        <translation>&amp;Code kopieren</translation>
    </message>
    <message>
        <source>Copy the code</source>
        <translation>Den Code kopieren</translation>
    </message>
    <message>
        <source>Cancel the sign-in</source>
        <translation>Die Anmeldung abbrechen</translation>
    </message>
    <message>
        <source>&amp;Done</source>
        <translation>&amp;Fertig</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Token to &amp;renew it with, if there is one:</source>
        <translation>Token zum &amp;Erneuern, falls es eines gibt:</translation>
    </message>
    <message>
        <source>What Postroom may do besides:</source>
        <translation>Was Postroom außerdem darf:</translation>
    </message>
    <message>
        <source>What Postroom may do:</source>
        <translation>Was Postroom darf:</translation>
    </message>
    <message>
        <source>Grant more access</source>
        <translation>Mehr Zugriff geben</translation>
    </message>
    <message>
        <source>%1 wants you to confirm who you are.</source>
        <translation>%1 möchte bestätigt haben, wer Sie sind.</translation>
    </message>
    <message>
        <source>Tick what Postroom may do besides.</source>
        <translation>Setzen Sie ein Häkchen bei dem, was Postroom außerdem dürfen soll.</translation>
    </message>
    <message>
        <source>Somebody else</source>
        <translation>Jemand anderes</translation>
    </message>
    <message>
        <source>To add it beside this account, you sign in once more.</source>
        <translation>Um das andere Konto neben diesem hinzuzufügen, melden Sie sich noch einmal an.</translation>
    </message>
    <message>
        <source>Sign &amp;in again</source>
        <translation>Erneut an&amp;melden</translation>
    </message>
    <message>
        <source>&amp;Add as a new account</source>
        <translation>Als &amp;neues Konto hinzufügen</translation>
    </message>
    <message>
        <source>10 &amp;more minutes</source>
        <translation>10 Minuten &amp;länger</translation>
    </message>
    <message>
        <source>Wait 10 minutes longer for the browser</source>
        <translation>10 Minuten länger auf den Browser warten</translation>
    </message>
</context>
<context>
    <name>Postroom::StateLine</name>
    <message>
        <source>%1: %2</source>
        <extracomment>Text of a button and what it is about, for screen readers</extracomment>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>%1, %2, %3: %4</source>
        <extracomment>Name, kind, state and sentence of a line, for screen readers</extracomment>
        <translation>%1, %2, %3: %4</translation>
    </message>
</context>
<context>
    <name>Postroom::TransferRow</name>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Noch einmal</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>Weglegen</translation>
    </message>
    <message>
        <source>Hide the files</source>
        <translation>Die Dateien ausblenden</translation>
    </message>
    <message>
        <source>Show the files</source>
        <translation>Die Dateien zeigen</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Progress of the push to %1</source>
        <translation>Fortschritt der Sendung an %1</translation>
    </message>
    <message>
        <source>Files of the push to %1</source>
        <translation>Dateien der Sendung an %1</translation>
    </message>
    <message>
        <source>Cancel the push to %1</source>
        <translation>Die Sendung an %1 abbrechen</translation>
    </message>
    <message>
        <source>Try the push to %1 again</source>
        <translation>Die Sendung an %1 noch einmal versuchen</translation>
    </message>
    <message>
        <source>Put the push to %1 away</source>
        <translation>Die Sendung an %1 weglegen</translation>
    </message>
</context>
<context>
    <name>Postroom::TransfersDock</name>
    <message>
        <source>Pushes</source>
        <translation>Sendungen</translation>
    </message>
    <message>
        <source>Files of this push</source>
        <translation>Dateien dieser Sendung</translation>
    </message>
</context>
<context>
    <name>Postroom::TransfersModel</name>
    <message>
        <source>%1. %2</source>
        <comment>name and sentence</comment>
        <translation>%1. %2</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>How it stands</source>
        <translation>Wie es steht</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
</context>
<context>
    <name>Postroom::Tray</name>
    <message>
        <source>&amp;Push files…</source>
        <translation>Dateien &amp;senden…</translation>
    </message>
    <message>
        <source>&amp;Open</source>
        <translation>Ö&amp;ffnen</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
</context>
<context>
    <name>Postroom::WorkspaceView</name>
    <message>
        <source>&amp;Push…</source>
        <translation>&amp;Senden…</translation>
    </message>
    <message>
        <source>Open &amp;folder</source>
        <translation>&amp;Ordner öffnen</translation>
    </message>
    <message>
        <source>M&amp;ore</source>
        <translation>&amp;Mehr</translation>
    </message>
    <message>
        <source>Push files or folders</source>
        <translation>Dateien oder Ordner senden</translation>
    </message>
    <message>
        <source>Send files or folders to this workspace. You can also drop them here or paste them with %1.</source>
        <translation>Dateien oder Ordner an diesen Arbeitsbereich senden. Sie können sie auch hier ablegen oder mit %1 einfügen.</translation>
    </message>
    <message>
        <source>Open the mirror folder</source>
        <translation>Den Spiegelordner öffnen</translation>
    </message>
    <message>
        <source>More about this workspace</source>
        <translation>Mehr zu diesem Arbeitsbereich</translation>
    </message>
    <message>
        <source>Parts of this workspace</source>
        <translation>Teile dieses Arbeitsbereichs</translation>
    </message>
    <message>
        <source>What to push</source>
        <translation>Was gesendet werden soll</translation>
    </message>
    <message>
        <source>&amp;Files…</source>
        <translation>&amp;Dateien…</translation>
    </message>
    <message>
        <source>F&amp;older…</source>
        <translation>&amp;Ordner…</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>Erneut a&amp;nsehen</translation>
    </message>
    <message>
        <source>Fo&amp;rget this workspace…</source>
        <translation>Diesen Arbeitsbereich &amp;vergessen…</translation>
    </message>
    <message>
        <source>Outbox</source>
        <extracomment>A tab&apos;s name and how many it holds</extracomment>
        <translation>Ausgang</translation>
    </message>
    <message>
        <source>Forget %1? Its folder and its files stay where they are.</source>
        <translation>%1 vergessen? Der Ordner und die Dateien bleiben, wo sie sind.</translation>
    </message>
    <message>
        <source>Forget it</source>
        <translation>Vergessen</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Nothing waits here. Drop files on this page to push them.</source>
        <translation>Hier wartet nichts. Legen Sie Dateien auf dieser Seite ab, um sie zu senden.</translation>
    </message>
    <message>
        <source>Outbox %1</source>
        <translation>Ausgang %1</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1: %2</translation>
    </message>
    <message>
        <source>Push a folder to %1</source>
        <translation>Einen Ordner an %1 senden</translation>
    </message>
    <message>
        <source>Push files to %1</source>
        <translation>Dateien an %1 senden</translation>
    </message>
    <message>
        <source>Push</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>There are no files to paste. Copy some in a file manager first.</source>
        <translation>Es gibt keine Dateien zum Einfügen. Kopieren Sie zuerst welche in einem Dateimanager.</translation>
    </message>
    <message>
        <source>Drop to push to %1</source>
        <translation>Ablegen, um an %1 zu senden</translation>
    </message>
</context>
<context>
    <name>Postroom::WorkspacesModel</name>
    <message>
        <source>%1. %2</source>
        <comment>name and sentence</comment>
        <translation>%1. %2</translation>
    </message>
</context>
<context>
    <name>Postroom::WorkspacesPage</name>
    <message>
        <source>Workspaces</source>
        <translation>Arbeitsbereiche</translation>
    </message>
    <message>
        <source>Add a &amp;mirror…</source>
        <translation>&amp;Spiegel hinzufügen…</translation>
    </message>
    <message>
        <source>Add a mirror folder</source>
        <translation>Spiegelordner hinzufügen</translation>
    </message>
    <message>
        <source>A mirror is a folder that relayfile-mount keeps equal to a workspace.</source>
        <translation>Ein Spiegel ist ein Ordner, den relayfile-mount einem Arbeitsbereich gleich hält.</translation>
    </message>
    <message>
        <source>No workspace yet</source>
        <translation>Noch kein Arbeitsbereich</translation>
    </message>
    <message>
        <source>Workspaces appear here by themselves once you are signed in. A folder that is already mirrored on this computer can be added by hand.</source>
        <translation>Arbeitsbereiche erscheinen hier von selbst, sobald Sie angemeldet sind. Ein Ordner, der auf diesem Computer schon gespiegelt wird, lässt sich von Hand hinzufügen.</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Drop to push to %1</source>
        <translation>Ablegen, um an %1 zu senden</translation>
    </message>
</context>
</TS>
