using System.Buffers.Text;
using System.Formats.Cbor;
using System.Security.Cryptography;
using System.Text.Json;
using Fido2NetLib;
using Fido2NetLib.Exceptions;
using Fido2NetLib.Objects;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Identity.Factors;

/// <summary>Creates the challenges of passkeys (WebAuthn) and verifies their responses, each challenge once.</summary>
internal sealed class Passkeys(ControlDbContext db, IOptions<PasskeyOptions> options, IOptions<ProductOptions> product, TimeProvider clock)
{
    public static readonly Problem Rejected = new(
        ProblemKind.Forbidden,
        "PASSKEY_REJECTED",
        "The passkey was not accepted: ask for new options and try again"
    );

    private readonly Fido2 _fido2 = new(
        new Fido2Configuration
        {
            RPID = options.Value.RelyingPartyId,
            RPName = product.Value.Name,
            Origins = options.Value.Origins.ToHashSet(StringComparer.Ordinal),
            ChallengeSize = 32,
            Timeout = (uint)options.Value.ChallengeLifetime.TotalMilliseconds,
        },
        metadataService: null
    );

    /// <summary>Creates the options of <c>navigator.credentials.create</c>.</summary>
    public async Task<JsonElement> BeginRegistrationAsync(User user, CancellationToken ct)
    {
        var created = _fido2.RequestNewCredential(
            new RequestNewCredentialParams
            {
                User = new Fido2User
                {
                    Id = user.Id.ToByteArray(bigEndian: true),
                    Name = user.Email.Value,
                    DisplayName = $"{user.FirstName} {user.LastName}",
                },
                ExcludeCredentials = await ListDescriptorsAsync(user.Id, ct),
                AuthenticatorSelection = new AuthenticatorSelection
                {
                    ResidentKey = ResidentKeyRequirement.Preferred,
                    UserVerification = UserVerificationRequirement.Preferred,
                },
                AttestationPreference = AttestationConveyancePreference.None,
            }
        );
        return await StoreAsync(PasskeyPurpose.Register, user.Id, created.Challenge, created.ToJson(), ct);
    }

    /// <returns>The verified public key; null when the response is not valid.</returns>
    public async Task<RegisteredPublicKeyCredential?> FinishRegistrationAsync(Guid userId, JsonElement credential, CancellationToken ct)
    {
        if (
            Read<AuthenticatorAttestationRawResponse>(credential) is not { Response.ClientDataJson: { } clientData } response
            || await TakeAsync(PasskeyPurpose.Register, userId, clientData, ct) is not { } stored
        )
        {
            return null;
        }

        try
        {
            return await _fido2.MakeNewCredentialAsync(
                new MakeNewCredentialParams
                {
                    AttestationResponse = response,
                    OriginalOptions = CredentialCreateOptions.FromJson(stored),
                    IsCredentialIdUniqueToUserCallback = async (given, token) =>
                        !await db.Factors.AnyAsync(factor => factor.CredentialId == given.CredentialId, token),
                },
                ct
            );
        }
        catch (Exception e) when (IsInvalidResponse(e))
        {
            return null;
        }
    }

    /// <summary>Creates the options of <c>navigator.credentials.get</c>.</summary>
    /// <param name="userId">The account whose passkeys are allowed; null for a sign-in without user name.</param>
    public async Task<JsonElement> BeginAssertionAsync(PasskeyPurpose purpose, Guid? userId, CancellationToken ct)
    {
        var created = _fido2.GetAssertionOptions(
            new GetAssertionOptionsParams
            {
                AllowedCredentials = userId is { } id ? await ListDescriptorsAsync(id, ct) : [],
                // Where the passkey is the only proof, its authenticator must verify the user.
                UserVerification =
                    purpose is PasskeyPurpose.SecondFactor ? UserVerificationRequirement.Preferred : UserVerificationRequirement.Required,
            }
        );
        return await StoreAsync(purpose, userId, created.Challenge, created.ToJson(), ct);
    }

    /// <summary>Verifies a signature, and stores the authenticator's counter.</summary>
    /// <param name="userId">The account that the challenge was created for; null for a sign-in without user name.</param>
    /// <returns>The passkey; null when the response is not valid.</returns>
    public async Task<Factor?> VerifyAssertionAsync(PasskeyPurpose purpose, Guid? userId, JsonElement credential, CancellationToken ct)
    {
        if (
            Read<AuthenticatorAssertionRawResponse>(credential)
                is not { RawId: { } credentialId, Response.ClientDataJson: { } clientData } response
            || await TakeAsync(purpose, userId, clientData, ct) is not { } stored
            || await db
                .Factors.AsNoTracking()
                .SingleOrDefaultAsync(factor => factor.CredentialId == credentialId && factor.ConfirmedAt != null, ct)
                is not { } passkey
            || (userId is not null && passkey.UserId != userId)
        )
        {
            return null;
        }

        try
        {
            var verified = await _fido2.MakeAssertionAsync(
                new MakeAssertionParams
                {
                    AssertionResponse = response,
                    OriginalOptions = AssertionOptions.FromJson(stored),
                    StoredPublicKey = passkey.PublicKey!,
                    StoredSignatureCounter = (uint)passkey.SignCount,
                    IsUserHandleOwnerOfCredentialIdCallback = (owner, _) =>
                        Task.FromResult(owner.UserHandle.AsSpan().SequenceEqual(passkey.UserId.ToByteArray(bigEndian: true))),
                },
                ct
            );
            return await StoreUseAsync(passkey, verified, ct) ? passkey : null;
        }
        catch (Fido2VerificationException e) when (e.Code is Fido2ErrorCode.InvalidSignCount)
        {
            // The key was copied: another authenticator has signed since.
            db.Audit.Record(
                tenantId: null,
                Actor.User(passkey.UserId),
                AuditAction.FactorCounterWentBack,
                passkey.Id,
                AuditDetails.Create("name", passkey.Name).With("stored", passkey.SignCount)
            );
            await db.SaveChangesAsync(ct);
            return null;
        }
        catch (Exception e) when (IsInvalidResponse(e))
        {
            return null;
        }
    }

    // Of two concurrent signatures with one counter only one is accepted.
    private async Task<bool> StoreUseAsync(Factor passkey, VerifyAssertionResult verified, CancellationToken ct)
    {
        var (now, count) = (clock.GetUtcNow(), (long)verified.SignCount);
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var stored = await db
            .Factors.Where(factor => factor.Id == passkey.Id && (factor.SignCount < count || (factor.SignCount == 0 && count == 0)))
            .ExecuteUpdateAsync(
                set =>
                    set.SetProperty(factor => factor.SignCount, count)
                        .SetProperty(factor => factor.IsBackedUp, verified.IsBackedUp)
                        .SetProperty(factor => factor.LastUsedAt, now),
                ct
            );
        await transaction.CommitAsync(ct);
        return stored == 1;
    }

    private async Task<JsonElement> StoreAsync(PasskeyPurpose purpose, Guid? userId, byte[] challenge, string json, CancellationToken ct)
    {
        db.PasskeyChallenges.Add(
            new PasskeyChallenge
            {
                Challenge = Base64Url.EncodeToString(challenge),
                Purpose = purpose,
                UserId = userId,
                Options = json,
                ExpiresAt = clock.GetUtcNow() + options.Value.ChallengeLifetime,
            }
        );
        await db.SaveChangesAsync(ct);
        return JsonSerializer.Deserialize<JsonElement>(json);
    }

    /// <summary>Takes the challenge that the client's data names.</summary>
    /// <returns>The options; null when the challenge is unknown, used, expired or of another purpose or account.</returns>
    private async Task<string?> TakeAsync(PasskeyPurpose purpose, Guid? userId, byte[] clientData, CancellationToken ct)
    {
        if (ReadChallenge(clientData) is not { } challenge)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var valid = db.PasskeyChallenges.Where(row =>
            row.Challenge == challenge && row.Purpose == purpose && row.UserId == userId && row.ExpiresAt > now
        );
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var stored = await valid.Select(row => row.Options).SingleOrDefaultAsync(ct);
        var taken = await valid.ExecuteDeleteAsync(ct); // decides between concurrent requests
        await transaction.CommitAsync(ct);
        return taken == 1 ? stored : null;
    }

    private async Task<IReadOnlyList<PublicKeyCredentialDescriptor>> ListDescriptorsAsync(Guid userId, CancellationToken ct) =>
        [
            .. (
                await db
                    .Factors.Where(factor => factor.UserId == userId && factor.CredentialId != null)
                    .OrderBy(factor => factor.Id)
                    .Select(factor => factor.CredentialId!)
                    .ToListAsync(ct)
            ).Select(id => new PublicKeyCredentialDescriptor(id)),
        ];

    private static T? Read<T>(JsonElement credential)
        where T : class
    {
        try
        {
            return credential.ValueKind is JsonValueKind.Object ? credential.Deserialize<T>() : null;
        }
        catch (Exception e) when (IsInvalidResponse(e))
        {
            return null;
        }
    }

    private static string? ReadChallenge(byte[] clientData)
    {
        try
        {
            using var json = JsonDocument.Parse(clientData);
            return
                json.RootElement.ValueKind is JsonValueKind.Object
                && json.RootElement.TryGetProperty("challenge", out var challenge)
                && challenge.ValueKind is JsonValueKind.String
                ? challenge.GetString()!.Replace("\0", "", StringComparison.Ordinal)
                : null;
        }
        catch (Exception e) when (IsInvalidResponse(e))
        {
            return null;
        }
    }

    // The parsers of WebAuthn's formats throw these for malformed input of a client.
    private static bool IsInvalidResponse(Exception e) =>
        e
            is Fido2VerificationException
                or JsonException
                or FormatException
                or ArgumentException
                or InvalidOperationException
                or CborContentException
                or CryptographicException
                or IndexOutOfRangeException;
}
