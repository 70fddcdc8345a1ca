using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Provides the keys of the ring to the token handler. The handler treats a failure as a ring without keys and rejects the token, so
/// <see cref="SignedTokens.LoadKeyAsync"/> runs first and throws when the ring cannot be read.
/// </summary>
internal sealed class SigningKeyConfiguration : BaseConfigurationManager
{
    private readonly SigningKeyRing _ring;
    private readonly Lock _gate = new();
    private RingConfiguration? _current;

    public SigningKeyConfiguration(SigningKeyRing ring)
    {
        _ring = ring;
        UseLastKnownGoodConfiguration = false; // otherwise the handler would accept a removed key for another hour
    }

    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel)
    {
        var keys = await _ring.GetKeysAsync(cancel);
        lock (_gate)
        {
            // Returns the same object while the ring is unchanged, because the handler validates again with a new object.
            return _current is { } current && ReferenceEquals(current.Keys, keys) ? current : _current = new RingConfiguration(keys);
        }
    }

    public override void RequestRefresh()
    {
        // Unknown keys are loaded before validation.
    }

    private sealed class RingConfiguration : BaseConfiguration
    {
        public RingConfiguration(IReadOnlyDictionary<string, RingKey> keys)
        {
            Keys = keys;
            foreach (var key in keys.Values)
            {
                SigningKeys.Add(key.AccessTokenKey);
            }
        }

        public IReadOnlyDictionary<string, RingKey> Keys { get; }
    }
}
