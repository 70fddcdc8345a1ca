using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Sessions;

/// <summary>
/// Shows the ring to the token handler, which asks at each token, and asks for a fresh copy when a token names a key
/// that is not in it.
/// </summary>
internal sealed class SigningKeyConfiguration : BaseConfigurationManager
{
    private readonly SigningKeyRing _ring;
    private readonly Lock _gate = new();
    private Shown? _shown;
    private bool _isAskedForMore;

    public SigningKeyConfiguration(SigningKeyRing ring)
    {
        _ring = ring;
        UseLastKnownGoodConfiguration = false; // the handler would believe a key that was taken away for another hour
    }

    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel)
    {
        if (Interlocked.Exchange(ref _isAskedForMore, false))
        {
            await _ring.ReadAgainAsync(cancel);
        }

        var keys = await _ring.AllAsync(cancel);
        lock (_gate)
        {
            // The same object as long as the ring is the same: the handler takes another object for news, and verifies again.
            return _shown is { } shown && ReferenceEquals(shown.Keys, keys) ? shown : _shown = new Shown(keys);
        }
    }

    public override void RequestRefresh() => Volatile.Write(ref _isAskedForMore, true);

    private sealed class Shown : BaseConfiguration
    {
        public Shown(IReadOnlyDictionary<string, RingKey> keys)
        {
            Keys = keys;
            foreach (var key in keys.Values)
            {
                SigningKeys.Add(key.ForAccessTokens);
            }
        }

        public IReadOnlyDictionary<string, RingKey> Keys { get; }
    }
}
