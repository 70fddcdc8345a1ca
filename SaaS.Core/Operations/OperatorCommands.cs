using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core.Access;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Identity.Sso.Configuration;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core.Operations;

/// <summary>The operations of the command line for operators of the platform.</summary>
public static class OperatorCommands
{
    /// <summary>Explains a configuration error to the operator of a command; null for anything else, such as a bug. Hosts explain such
    /// errors by themselves.</summary>
    public static string? ExplainError(Exception failure) => StartupErrors.Explain(failure);

    /// <summary>Rejects unknown settings, for a command, which starts no hosted service that would validate them.</summary>
    public static void RequireKnownSettings(this IServiceProvider services) => StartupSettings.RequireKnownSettings(services);

    /// <summary>Creates the first platform administrator.</summary>
    public static async Task<PlatformAdminOutcome> CreatePlatformAdminAsync(
        this IServiceProvider services,
        PlatformAdmin admin,
        CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<CreatePlatformAdmin>().RunAsync(admin, ct);
    }

    /// <summary>Creates a test tenant.</summary>
    public static async Task<TestTenantOutcome> CreateTestTenantAsync(
        this IServiceProvider services,
        string name,
        string adminEmail,
        CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<CreateTestTenant>().RunAsync(name, adminEmail, ct);
    }

    /// <summary>Creates a new signing key for tokens.</summary>
    /// <returns>A sentence that says what was done.</returns>
    public static async Task<string> RotateSigningKeyAsync(this IServiceProvider services, CancellationToken ct)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<RotateSigningKey>().RunAsync(Actor.Command(RotateSigningKey.Name), ct);
    }

    /// <summary>Moves an environment file into Vault. It needs no other backing service, and so no host.</summary>
    /// <param name="report">Receives each planned and completed change, by name of the field and without its value.</param>
    /// <param name="isAgreed">Asks for confirmation before anything is written.</param>
    /// <returns>True when Vault holds the values of the file.</returns>
    public static Task<bool> ImportSecretsAsync(
        this IHostApplicationBuilder builder,
        string file,
        Action<string> report,
        Func<bool> isAgreed,
        CancellationToken ct
    ) => ImportSecrets.RunAsync(builder.Configuration, builder.Environment, file, report, isAgreed, ct);

    /// <summary>Tests single sign-on step by step in a dedicated tenant.</summary>
    /// <param name="timeout">Time allowed for the sign-in.</param>
    public static async IAsyncEnumerable<SsoTestStep> TestSsoAsync(
        this IServiceProvider services,
        SsoTest test,
        TimeSpan timeout,
        [EnumeratorCancellation] CancellationToken ct
    )
    {
        await using var scope = services.CreateAsyncScope();
        await foreach (var step in scope.ServiceProvider.GetRequiredService<TestSso>().RunAsync(test, timeout, ct))
        {
            yield return step;
        }
    }
}
