namespace SaaS.Infrastructure.Settings;

/// <summary>Reads the secrets again at once, for whoever was refused with those that the host has.</summary>
/// <remarks>Where they come from the environment, there is nothing to read.</remarks>
public class SecretsRefresh
{
    /// <summary>Ends when the secrets are as they were at some moment after the call, or could not be read.</summary>
    public virtual Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;
}
