<?php // PHP 8.1 or later, with the curl extension

const SERVER = '{{ORIGIN}}';
const PRODUCT_ID = '{{PRODUCT_ID}}';
const LAST_ANSWER = __DIR__ . '/license.json';

function fail(string $why): never
{
    fwrite(STDERR, "No license: $why\n");
    exit(1);
}

// The same at each start, and another on each machine.
$machineId = is_file('/etc/machine-id') ? trim(file_get_contents('/etc/machine-id')) : '';
$fingerprint = hash('sha256', PRODUCT_ID . ':' . ($machineId ?: gethostname()));

// At each start: a known fingerprint gets a fresh token and takes no second slot.
$curl = curl_init(SERVER . '/v3/activations');
curl_setopt_array($curl, [
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 10,
    CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode([
        'key' => 'YOUR-KEY',
        'productId' => PRODUCT_ID,
        'hostname' => gethostname(),
        'os' => strtolower(PHP_OS_FAMILY),
        'fingerprint' => $fingerprint,
        'appVersion' => '1.0.0',
        'userHash' => hash('sha256', get_current_user()),
    ]),
]);
$body = (string) curl_exec($curl);
$status = curl_getinfo($curl, CURLINFO_RESPONSE_CODE);

// Any other status (429, 5xx, a proxy's 403) says nothing about the license. An
// outage must not lock customers out: without an answer, the last one holds.
if (in_array($status, [200, 400]) && json_decode($body)) {
    file_put_contents(LAST_ANSWER, $body);
} elseif (!is_file(LAST_ANSWER)) {
    fail("HTTP $status " . curl_error($curl));
}
$answer = json_decode(file_get_contents(LAST_ANSWER), true);
if (isset($answer['code'])) {
    fail("{$answer['code']}, {$answer['message']}");
}

[$head, $payload, $signature] = explode('.', $answer['activationToken']);
$decode = fn (string $part) => base64_decode(strtr($part, '-_', '+/'));
$claims = json_decode($decode($payload), true);
// To verify the signature, with the public key from the product's page in $pem:
// openssl_verify("$head.$payload", $decode($signature), $pem, OPENSSL_ALGO_SHA256) === 1
if ($claims['fp'] !== $fingerprint || $claims['pid'] !== PRODUCT_ID) {
    fail("the token is not this machine's");
}

$state = match (true) {
    $claims['suspended'] => 'suspended',
    $claims['eat'] !== 0 && $claims['eat'] <= time() => 'expired', // 0: never
    default => 'active',
};
echo "Activation {$claims['aid']}: $state\n";
