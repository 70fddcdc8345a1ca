using System.Buffers.Binary;
using System.Buffers.Text;
using System.Formats.Cbor;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SaaS.Tests.Fixtures;

/// <summary>A WebAuthn authenticator in software with one passkey (ES256), and the browser that talks to it.</summary>
internal sealed class SoftwarePasskey : IDisposable
{
    private const byte UserPresent = 0x01;
    private const byte UserVerified = 0x04;
    private const byte BackupEligible = 0x08;
    private const byte BackedUp = 0x10;
    private const byte AttestedData = 0x40;

    private static readonly string[] Transports = ["internal"];

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _id = RandomNumberGenerator.GetBytes(32);
    private byte[] _userHandle = [];

    private SoftwarePasskey() { }

    public Guid FactorId { get; private set; }

    public string[] RecoveryCodes { get; private set; } = [];

    /// <summary>The counter of the last signature.</summary>
    public uint SignCount { get; set; } = 10;

    /// <summary>True when the authenticator asks its user for a PIN or a fingerprint.</summary>
    public bool VerifiesUser { get; set; } = true;

    /// <summary>The origin of the page that asks for a signature.</summary>
    public string Origin { get; set; } = "";

    /// <summary>Registers a passkey.</summary>
    public static async Task<SoftwarePasskey> AddAsync(SaaSApp app, HttpClient user, string name = "Laptop")
    {
        var passkey = Create(app);
        using var added = await user.PostAsJsonAsync(
            "/api/users/me/factors/passkeys",
            new { name, credential = passkey.Register(await BeginAsync(user, "/api/users/me/factors/passkeys/options")) }
        );
        var activated = await added.ReadDataAsync(HttpStatusCode.Created);
        passkey.FactorId = activated.GetProperty("factor").IdOf();
        passkey.RecoveryCodes = activated.GetProperty("recovery_codes") is { ValueKind: JsonValueKind.Array } codes
            ? [.. codes.EnumerateArray().Select(code => code.GetString()!)]
            : [];
        return passkey;
    }

    public static SoftwarePasskey Create(SaaSApp app)
    {
        var origin = new Uri(app.Setting("Credentials:Pages")).GetLeftPart(UriPartial.Authority);
        return new SoftwarePasskey { Origin = origin };
    }

    /// <summary>Asks for the options of a call of the browser's API.</summary>
    public static async Task<JsonElement> BeginAsync(HttpClient client, string path, object? body = null)
    {
        using var begun = await client.PostAsync(path, body is null ? null : JsonContent.Create(body));
        return (await begun.ReadDataAsync()).GetProperty("options");
    }

    /// <summary>Signs in without user name.</summary>
    public async Task<HttpResponseMessage> SignInAsync(HttpClient client)
    {
        var options = await BeginAsync(client, "/api/auth/passkey/options");
        return await client.PostAsJsonAsync("/api/auth/passkey", new { credential = Sign(options) });
    }

    /// <summary>Answers <c>navigator.credentials.create</c>.</summary>
    public object Register(JsonElement options)
    {
        _userHandle = Base64Url.DecodeFromChars(options.GetProperty("user").GetProperty("id").GetString());
        var clientData = ClientData("webauthn.create", options);
        var data = (byte[])
            [
                .. AuthenticatorData(options.GetProperty("rp").GetProperty("id").GetString()!, AttestedData),
                .. new byte[16],
                (byte)(_id.Length >> 8),
                (byte)_id.Length,
                .. _id,
                .. PublicKey(),
            ];
        var attestation = new CborWriter(CborConformanceMode.Ctap2Canonical);
        attestation.WriteStartMap(3);
        attestation.WriteTextString("fmt");
        attestation.WriteTextString("none");
        attestation.WriteTextString("attStmt");
        attestation.WriteStartMap(0);
        attestation.WriteEndMap();
        attestation.WriteTextString("authData");
        attestation.WriteByteString(data);
        attestation.WriteEndMap();
        return Credential(
            new Dictionary<string, object>
            {
                ["clientDataJSON"] = Base64Url.EncodeToString(clientData),
                ["attestationObject"] = Base64Url.EncodeToString(attestation.Encode()),
                ["transports"] = Transports,
            }
        );
    }

    /// <summary>Answers <c>navigator.credentials.get</c>.</summary>
    public object Sign(JsonElement options)
    {
        SignCount++;
        var clientData = ClientData("webauthn.get", options);
        var data = AuthenticatorData(options.GetProperty("rpId").GetString()!, 0);
        var signature = _key.SignData(
            [.. data, .. SHA256.HashData(clientData)],
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence
        );
        return Credential(
            new Dictionary<string, object>
            {
                ["clientDataJSON"] = Base64Url.EncodeToString(clientData),
                ["authenticatorData"] = Base64Url.EncodeToString(data),
                ["signature"] = Base64Url.EncodeToString(signature),
                ["userHandle"] = Base64Url.EncodeToString(_userHandle),
            }
        );
    }

    public void Dispose() => _key.Dispose();

    private Dictionary<string, object> Credential(Dictionary<string, object> response) =>
        new()
        {
            ["id"] = Base64Url.EncodeToString(_id),
            ["rawId"] = Base64Url.EncodeToString(_id),
            ["type"] = "public-key",
            ["response"] = response,
            ["clientExtensionResults"] = new Dictionary<string, object>(),
        };

    private byte[] ClientData(string type, JsonElement options) =>
        Encoding.UTF8.GetBytes(
            JsonSerializer.Serialize(
                new
                {
                    type,
                    challenge = options.GetProperty("challenge").GetString(),
                    origin = Origin,
                    crossOrigin = false,
                }
            )
        );

    private byte[] AuthenticatorData(string relyingParty, byte flags)
    {
        var count = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(count, SignCount);
        var all = (byte)(flags | UserPresent | BackupEligible | BackedUp | (VerifiesUser ? UserVerified : 0));
        return [.. SHA256.HashData(Encoding.UTF8.GetBytes(relyingParty)), all, .. count];
    }

    // COSE_Key: kty EC2, alg ES256, crv P-256, x, y.
    private byte[] PublicKey()
    {
        var point = _key.ExportParameters(includePrivateParameters: false).Q;
        var key = new CborWriter(CborConformanceMode.Ctap2Canonical);
        key.WriteStartMap(5);
        key.WriteInt32(1);
        key.WriteInt32(2);
        key.WriteInt32(3);
        key.WriteInt32(-7);
        key.WriteInt32(-1);
        key.WriteInt32(1);
        key.WriteInt32(-2);
        key.WriteByteString(point.X!);
        key.WriteInt32(-3);
        key.WriteByteString(point.Y!);
        key.WriteEndMap();
        return key.Encode();
    }
}
