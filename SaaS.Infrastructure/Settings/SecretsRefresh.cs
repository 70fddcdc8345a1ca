namespace SaaS.Infrastructure.Settings;

/// <summary>Reads the secrets again at once, for a caller whose credentials were rejected.</summary>
/// <remarks>Does nothing when the secrets come from the environment.</remarks>
public class SecretsRefresh
{
    /// <summary>Returns when the secrets are as new as the call, or could not be read.</summary>
    public virtual Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;
}
