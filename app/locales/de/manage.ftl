# Texte der Kundenseite und ihrer Mail auf Deutsch.
language-name = Deutsch
language-label = Sprache
date = { $day }. { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
  } { $year }
date-time = { $date }, { $time } Uhr UTC

# Bevor die Seite geöffnet ist.
page-title = Ihre Lizenzen
start-text = Sehen Sie Ihre Lizenzen und die Websites und Geräte, die sie nutzen. Geben Sie frei, was Sie nicht mehr brauchen.
key-title = Mit Ihrem Lizenzschlüssel
key-label = Lizenzschlüssel
key-hint = Aus der Mail zu Ihrem Kauf oder aus den Einstellungen der Software.
key-button = Meine Lizenz zeigen
mail-title = Mit einem Link per E-Mail
mail-label = E-Mail-Adresse
mail-hint = Die Adresse, mit der Sie gekauft haben. Der Link zeigt alle Ihre Lizenzen.
mail-button = Link senden
mail-sent-title = Sehen Sie in Ihr Postfach.
mail-sent-text = Wenn diese Adresse Lizenzen hat, ist eine Mail mit einem Link unterwegs. Der Link gilt eine Stunde.
seller-unknown-title = Diese Seite gibt es nicht
seller-unknown-text = Prüfen Sie die Adresse, oder fragen Sie den Anbieter danach. Mit Ihrem Lizenzschlüssel geht es hier weiter.
link-title = Ihre Lizenzen öffnen
link-text = Ihr Link ist gültig. Er zeigt die Lizenzen Ihrer E-Mail-Adresse.
link-button = Meine Lizenzen zeigen
link-invalid-title = Dieser Link ist abgelaufen
link-invalid-text = Ein Link gilt eine Stunde. Fordern Sie einen neuen an.
link-again = Neuen Link anfordern

# Die geöffnete Seite.
licenses-title = Ihre Lizenzen
licenses-none = Zu dieser Adresse gibt es keine Lizenzen mehr.
licenses-more = Weitere Lizenzen
license-key = Schlüssel mit der Endung { $end }
license-back = Alle Ihre Lizenzen
open-as-key = Mit einem Lizenzschlüssel geöffnet, für höchstens eine Stunde.
open-as-mail = Geöffnet für { $email }, für höchstens eine Stunde.
leave-button = Seite schließen
standing-active = Aktiv
standing-expired = Abgelaufen
standing-suspended = Gesperrt
standing-revoked = Beendet
standing-active-text = Ihre Lizenz ist gültig, ohne Ablauf.
standing-active-until = Ihre Lizenz ist gültig bis { $date }.
standing-expired-text = Ihre Lizenz ist am { $date } abgelaufen. Bitten Sie den Anbieter um eine Verlängerung.
standing-suspended-text = Ihre Lizenz ist zurzeit gesperrt. Fragen Sie den Anbieter nach dem Grund.
standing-revoked-text = Ihre Lizenz ist beendet. Bei Fragen hilft der Anbieter.
domains-title = Websites
machines-title = Geräte
slots-used = { $used } von { $limit } belegt
slots-unlimited = { $used ->
    [one] { $used } belegt, unbegrenzt
   *[other] { $used } belegt, unbegrenzt
  }
domains-none = Keine Website nutzt diese Lizenz.
machines-none = Kein Gerät nutzt diese Lizenz.
list-more = Ältere
list-hidden = Die Liste sehen Sie, wenn Sie diese Seite mit dem Link aus der E-Mail öffnen.
list-hidden-ask = Nach der Liste fragen Sie bitte den Anbieter.
used-since = Seit { $date }
seen-last = Zuletzt gesehen am { $date }
seen-never = Seitdem nicht gesehen
machine-unnamed = Gerät ohne Namen
seller-suspended = Die Lizenzen dieses Anbieters sind zurzeit gesperrt. Freigeben und Umziehen geht nicht.

# Freigeben und Umziehen.
rule-never = Zum Freigeben wenden Sie sich an den Anbieter.
rule-always = Sie können jederzeit freigeben und umziehen.
rule-once = { $days ->
    [one] Sie können jeden Tag einmal freigeben oder umziehen.
   *[other] Sie können alle { $days } Tage einmal freigeben oder umziehen.
  }
rule-from = Sie haben schon freigegeben. Das nächste Mal geht es ab dem { $date }.
free-summary = Freigeben…
free-domain-text = Die Software auf { $name } ist sofort nicht mehr lizenziert. Der Platz wird frei für eine andere Website.
free-machine-text = Die Software auf { $name } ist sofort nicht mehr lizenziert. Der Platz wird frei für ein anderes Gerät.
free-development-text = Die Software auf { $name } ist sofort nicht mehr lizenziert. Sie belegt keinen Platz, daher können Sie danach noch etwas freigeben.
free-button = { $name } freigeben
freed = Das ist freigegeben.
move-summary = Umziehen…
move-label = Neue Website
move-hint = Zum Beispiel shop.example.com. Sie tritt sofort an die Stelle von { $name }.
move-button = Auf diese Website umziehen
moved = Die Lizenz ist umgezogen.

# Geräte ohne Netz.
offline-summary = Gerät ohne Netz…
offline-text = Die Software auf dem Gerät schreibt eine Anfrage. Kopieren Sie sie hierher, und laden Sie die Antwort in die Software.
offline-days = { $days ->
    [one] Die Antwort gilt einen Tag. Danach braucht die Software eine neue. So lange behält das Gerät seinen Platz.
   *[other] Die Antwort gilt { $days } Tage. Danach braucht die Software eine neue. So lange behält das Gerät seinen Platz.
  }
offline-label = Anfrage der Software
offline-hint = Der ganze Inhalt der Anfragedatei.
offline-button = Antwort erstellen
offline-title = Ihre Antwort
offline-done = Laden Sie sie in die Software auf dem Gerät. Sie wird eine Minute lang gezeigt; dieselbe Anfrage bekommt wieder eine.
offline-copy = Kopieren
offline-copied = Kopiert
offline-download = Herunterladen
offline-until = Arbeitet ohne Netz bis zum { $date }.
offline-until-free = Arbeitet ohne Netz bis zum { $date }. Danach können Sie es freigeben.
offline-ended = Seine Antwort für den Betrieb ohne Netz endete am { $date }.
offline-seller = Arbeitet ohne Netz, mit einer Antwort des Anbieters. Zum Freigeben wenden Sie sich an den Anbieter.

# Was nicht ging.
failed-title = Das hat nicht geklappt
error-key = Keine Lizenz hat diesen Schlüssel. Bitte vergleichen Sie jedes Zeichen.
error-throttled = { $minutes ->
    [one] Zu viele Versuche. Bitte versuchen Sie es in einer Minute wieder.
   *[other] Zu viele Versuche. Bitte versuchen Sie es in { $minutes } Minuten wieder.
  }
error-email = Das muss eine E-Mail-Adresse sein, zum Beispiel ada@example.com.
error-mail-off = Dieser Server sendet keine E-Mails. Bitte nutzen Sie Ihren Lizenzschlüssel.
error-closed = Diese Seite ist geschlossen. Bitte öffnen Sie sie wieder.
error-gone = Das ist schon freigegeben.
error-never = Der Anbieter lässt Kunden nicht freigeben. Bitte fragen Sie den Anbieter.
error-not-yet = Das nächste Mal geht es ab dem { $date }.
error-standing = Nur eine aktive Lizenz kann umziehen. Bitte fragen Sie den Anbieter.
error-domain = Das muss eine Website sein, zum Beispiel shop.example.com.
error-active = Ihre Lizenz ist auf dieser Website schon aktiv.
error-no-slot = Für diese Website ist kein Platz frei. Bitte fragen Sie den Anbieter.
error-offline-request = Das ist keine Anfrage der Software. Kopieren Sie den ganzen Inhalt der Anfragedatei.
error-offline-deactivation = Diese Anfrage gibt das Gerät zurück. Bitte senden Sie sie dem Anbieter.
error-offline-long = Das ist zu lang für eine Anfrage. Kopieren Sie nur den Inhalt der Anfragedatei.
error-offline-key = Diese Anfrage hat den Schlüssel einer anderen Lizenz oder einen früheren. Geben Sie in der Software den Schlüssel dieser Lizenz ein, und erstellen Sie eine neue Anfrage.
error-offline-product = Diese Anfrage gehört zu einem anderen Produkt. Öffnen Sie die Lizenz dieses Produkts.
error-offline-never = Diese Antworten erstellt der Anbieter. Bitte senden Sie ihm die Anfrage.
error-offline-standing = Nur eine aktive Lizenz bekommt eine Antwort. Bitte fragen Sie den Anbieter.
error-offline-slot = Für dieses Gerät ist kein Platz frei. Geben Sie ein anderes Gerät frei, oder fragen Sie den Anbieter.
error-offline-seller = Der Anbieter hat für dieses Gerät eine Antwort erstellt. Für eine neue fragen Sie bitte den Anbieter.
error-offline-admission = Diese Lizenz läuft auf keiner virtuellen Maschine und in keinem Container dieser Art. Bitte fragen Sie den Anbieter.
error-offline-meter = Dieses Gerät zählt mehr Nutzungen, als die Lizenz erlaubt. Bitte fragen Sie den Anbieter.
error-offline-until = Dieses Gerät arbeitet ohne Netz bis zum { $date }. Danach können Sie es freigeben.
error-offline-seller-free = Dieses Gerät hat eine Antwort des Anbieters. Zum Freigeben wenden Sie sich an den Anbieter.
error-too-large = Das ist zu groß zum Senden. Bitte kürzen Sie es, und versuchen Sie es noch einmal.
error-unreachable = Der Server ist nicht erreichbar. Bitte versuchen Sie es noch einmal.
error-unavailable-title = Nicht erreichbar
error-unavailable-retry = Noch einmal versuchen
error-unavailable = Der Server ist gerade ausgelastet. Es wurde nichts geändert; bitte versuchen Sie es noch einmal.
error-form = Das Formular war nicht vollständig. Bitte laden Sie die Seite neu, und versuchen Sie es noch einmal.
error-fields = Bitte berichtigen Sie, was markiert ist.
error-reference = Kennung: { $id }

# Die Mail mit dem Link.
link-mail-subject = Ihre Lizenzen von { $seller }
link-mail-text = Sie haben einen Link zu Ihren Lizenzen von { $seller } angefordert.
link-mail-button = Meine Lizenzen zeigen
link-mail-lifetime = Der Link gilt eine Stunde. Bitte geben Sie ihn nicht weiter.
link-mail-ignore = Wenn Sie ihn nicht angefordert haben, beachten Sie diese Mail nicht.
