# Texts of the customer's page and of its mail, in English. English is the fallback of all languages.
language-name = English
language-label = Language
date = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
  } { $year }
date-time = { $date }, { $time } UTC

# Before the page is open.
page-title = Your licenses
start-text = See your licenses, the websites and machines that use them, and free one that you no longer need.
key-title = With your license key
key-label = License key
key-hint = From the mail of your purchase, or from the settings of the software.
key-button = Show my license
mail-title = With a link by mail
mail-label = E-mail address
mail-hint = The address that you bought with. The link shows all your licenses.
mail-button = Send me the link
mail-sent-title = Look into your mailbox.
mail-sent-text = If this address has licenses, a mail with a link is on its way. The link works for an hour.
seller-unknown-title = This page is not there
seller-unknown-text = Check the address, or ask the seller for it. With your license key, you can go on here.
link-title = Open your licenses
link-text = Your link is valid. It shows the licenses of your e-mail address.
link-button = Show my licenses
link-invalid-title = This link has expired
link-invalid-text = A link works for an hour. Ask for a new one.
link-again = Ask for a new link

# The open page.
licenses-title = Your licenses
licenses-none = This address has no licenses any more.
licenses-more = More licenses
license-key = Key that ends in { $end }
license-back = All your licenses
open-as-key = Opened with a license key, for an hour at most.
open-as-mail = Opened for { $email }, for an hour at most.
leave-button = Close this page
standing-active = Active
standing-expired = Expired
standing-suspended = Suspended
standing-revoked = Ended
standing-active-text = Your license is valid, without an end.
standing-active-until = Your license is valid until { $date }.
standing-expired-text = Your license expired on { $date }. Please ask the seller to renew it.
standing-suspended-text = Your license is suspended at the moment. Please ask the seller for the reason.
standing-revoked-text = Your license has ended. Please ask the seller if you have questions.
domains-title = Websites
machines-title = Machines
slots-used = { $used } of { $limit } in use
slots-unlimited = { $used ->
    [one] { $used } in use, without a limit
   *[other] { $used } in use, without a limit
  }
domains-none = No website uses this license.
machines-none = No machine uses this license.
list-more = Older ones
list-hidden = To see the list, open this page with the link that you get by mail.
list-hidden-ask = To see the list, please ask the seller.
used-since = Since { $date }
seen-last = Last seen on { $date }
seen-never = Not seen since then
machine-unnamed = Machine without a name
seller-suspended = The licenses of this seller are suspended at the moment. Nothing can be freed or moved.

# Freeing and moving.
rule-never = To free one of them, please ask the seller.
rule-always = You can free and move them at any time.
rule-once = { $days ->
    [one] You can free or move one of them each day.
   *[other] You can free or move one of them every { $days } days.
  }
rule-from = You have freed one of them. The next one can be freed from { $date } on.
free-summary = Free…
free-domain-text = The software on { $name } stops being licensed at once. Its slot is free for another website.
free-machine-text = The software on { $name } stops being licensed at once. Its slot is free for another machine.
free-development-text = The software on { $name } stops being licensed at once. It takes no slot, so that you can free another one after it.
free-button = Free { $name }
freed = It is freed.
move-summary = Move…
move-label = New website
move-hint = Such as shop.example.com. It takes the place of { $name } at once.
move-button = Move to this website
moved = The license has moved.

# Machines without a network.
offline-summary = Machine without a network…
offline-text = The software on the machine writes a request. Copy it here, and load the response into the software.
offline-days = { $days ->
    [one] The response is valid for one day. The software needs another one then. The machine keeps its slot until then.
   *[other] The response is valid for { $days } days. The software needs another one then. The machine keeps its slot until then.
  }
offline-label = Request of the software
offline-hint = The whole content of the request file.
offline-button = Make the response
offline-title = Your response
offline-done = Load it into the software on the machine. It is shown for a minute; the same request gets another one.
offline-copy = Copy
offline-copied = Copied
offline-download = Download
offline-until = Works without a network until { $date }.
offline-until-free = Works without a network until { $date }. It can be freed after that.
offline-ended = Its response for offline use ended on { $date }.
offline-seller = Works without a network, by a response of the seller. To free it, please ask the seller.

# What did not work.
failed-title = This did not work
error-key = No license has this key. Please compare each character.
error-throttled = { $minutes ->
    [one] Too many attempts. Please try again in a minute.
   *[other] Too many attempts. Please try again in { $minutes } minutes.
  }
error-email = This must be an e-mail address, such as ada@example.com.
error-mail-off = This server sends no mail. Please use your license key.
error-closed = This page is closed. Please open it again.
error-gone = It was freed already.
error-never = The seller does not let customers free them. Please ask the seller.
error-not-yet = The next one can be freed from { $date } on.
error-standing = Only an active license can move. Please ask the seller.
error-domain = This must be a website, such as shop.example.com.
error-active = Your license is active on this website already.
error-no-slot = No slot is free for this website. Please ask the seller.
error-offline-request = This is no request of the software. Copy the whole content of the request file.
error-offline-deactivation = This request gives the machine back. Please send it to the seller.
error-offline-long = This is too long for a request. Copy the content of the request file, and nothing else.
error-offline-key = This request has the key of another license, or a former key. Enter the key of this license in the software, and make a new request.
error-offline-product = This request is of another product. Open the license of that product.
error-offline-never = The seller makes these responses. Please send the request to the seller.
error-offline-standing = Only an active license gets a response. Please ask the seller.
error-offline-slot = No slot is free for this machine. Free another machine, or ask the seller.
error-offline-seller = The seller has made a response for this machine. For another one, please ask the seller.
error-offline-admission = This license works on no virtual machine or container of this kind. Please ask the seller.
error-offline-meter = This machine counts more uses than the license allows. Please ask the seller.
error-offline-until = This machine works without a network until { $date }. It can be freed after that.
error-offline-seller-free = This machine has a response of the seller. To free it, please ask the seller.
error-too-large = This is too large to be sent. Please shorten it, and try again.
error-unreachable = The server could not be reached. Please try again.
error-unavailable-title = Not available
error-unavailable-retry = Try again
error-unavailable = The server is busy at the moment. Nothing was changed; please try again.
error-form = The form was not complete. Please reload the page and try again.
error-fields = Please correct what is marked.
error-reference = Reference: { $id }

# The mail with the link.
link-mail-subject = Your licenses of { $seller }
link-mail-text = You asked for a link to your licenses of { $seller }.
link-mail-button = Show my licenses
link-mail-lifetime = The link works for an hour. Please do not pass it on.
link-mail-ignore = If you did not ask for it, ignore this mail.
