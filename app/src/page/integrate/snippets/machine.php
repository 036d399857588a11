<?php // PHP 8.1 or later, with the curl and openssl extensions

const SERVER = '{{ORIGIN}}';
const PRODUCT_ID = '{{PRODUCT_ID}}';
const KEY = 'YOUR-KEY';
// Embedded, because an attacker could replace a key that is downloaded.
const PUBLIC_KEY = '{{PUBLIC_KEY}}';
const LAST_ANSWER = __DIR__ . '/license.json';
const OFFLINE_RESPONSE = __DIR__ . '/offline.txt';

function fail(string $why): never
{
    fwrite(STDERR, "No license: $why\n");
    exit(1);
}

function decode(string $part): string
{
    return base64_decode(strtr($part, '-_', '+/'));
}

/** The server's answer, or null if it cannot give one just now. */
function ask(string $fingerprint): ?array
{
    $curl = curl_init(SERVER . '/v3/activations');
    curl_setopt_array($curl, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 10,
        CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
        CURLOPT_POSTFIELDS => json_encode([
            'key' => KEY,
            'productId' => PRODUCT_ID,
            'hostname' => gethostname(),
            'os' => strtolower(PHP_OS_FAMILY),
            'fingerprint' => $fingerprint,
            'appVersion' => '1.0.0',
            'userHash' => hash('sha256', get_current_user()),
        ]),
    ]);
    $answer = json_decode((string) curl_exec($curl), true);
    // Any other status (429, 5xx, a proxy's 403) says nothing about the license.
    $status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);
    $known = isset($answer['activationToken']) || isset($answer['code']);
    return in_array($status, [200, 400]) && $known ? $answer : null;
}

// The same at each start, and another on each machine.
$machineId = is_file('/etc/machine-id') ? trim(file_get_contents('/etc/machine-id')) : '';
$fingerprint = hash('sha256', PRODUCT_ID . ':' . ($machineId ?: gethostname()));

// At each start: a known fingerprint gets a fresh token and takes no second slot.
// Without a network, save an offline response as offline.txt. It is loaded once.
$offline = is_file(OFFLINE_RESPONSE) ? trim(file_get_contents(OFFLINE_RESPONSE)) : '';
$fresh = false;
if ($offline) {
    $answer = ['activationToken' => $offline];
} elseif ($answer = ask($fingerprint)) {
    $fresh = true;
    file_put_contents(LAST_ANSWER, json_encode($answer));
} elseif (is_file(LAST_ANSWER)) {
    // An outage must not lock customers out: without an answer, the last one holds.
    $answer = json_decode(file_get_contents(LAST_ANSWER), true);
} else {
    fail('the server gave no answer');
}
if (isset($answer['code'])) {
    fail("{$answer['code']}, {$answer['message']}");
}

[$head, $body, $signature] = explode('.', $answer['activationToken'] . '..');
if (openssl_verify("$head.$body", decode($signature), PUBLIC_KEY, OPENSSL_ALGO_SHA256) !== 1) {
    fail('the token is not signed with the key of this product');
}
$header = json_decode(decode($head), true);
// The receipt of a deactivation is signed too, and has another type.
if ($header['alg'] !== 'RS256' || $header['typ'] !== 'JWT') {
    fail('this is no activation token');
}
$claims = json_decode(decode($body), true);
if ($claims['pid'] !== PRODUCT_ID || $claims['key'] !== KEY) {
    fail('the token is of another license');
}
if ($claims['fp'] !== $fingerprint) {
    fail('the token is of another machine');
}

// A fresh token states the server's time, `iat`. Within `aco`, it replaces a wrong clock.
$now = $fresh && abs(time() - $claims['iat']) <= $claims['aco'] ? $claims['iat'] : time();
$over = fn (string $claim) => $claims[$claim] !== 0 && $claims[$claim] <= $now; // 0: never
if ($offline) {
    if ($over('orv')) {
        fail('the offline response is too old to be loaded');
    }
    file_put_contents(LAST_ANSWER, json_encode($answer));
    unlink(OFFLINE_RESPONSE);
}
$state = match (true) {
    $claims['suspended'] => 'suspended',
    $over('eat') => 'expired',
    $over('leat') || $over('ssgpeat') => 'stale', // the lease, or the grace without a sync
    default => 'active',
};
echo "Activation {$claims['aid']}: $state\n";
