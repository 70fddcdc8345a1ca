using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Settings;

namespace SaaS.Infrastructure.Mail;

/// <summary>Registers the mail sender: SMTP or a folder.</summary>
public static class MailRegistration
{
    public const string Section = "Mail";

    private const string Password = $"{Section}:{nameof(MailOptions.Smtp)}:{nameof(SmtpOptions.Password)}";
    private const string UserName = $"{Section}:{nameof(MailOptions.Smtp)}:{nameof(SmtpOptions.UserName)}";
    private const int LeastPassword = 8;

    /// <summary>Checks the strength of the mail server password; <see cref="MailOptionsValidator"/> checks everything else.</summary>
    public static IEnumerable<SecretFault> ValidateSecrets(IConfiguration configuration) =>
        configuration[Password] is { Length: > 0 } password
        && SecretStrength.CheckPassword(password, configuration[UserName], LeastPassword) is { } weakness
            ? [SecretFault.Weak(Password, $"{weakness}: set another password for the user of the mail server.")]
            : [];

    public static void AddMail(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSettings<MailOptions>(Section);
        builder.Services.AddSingleton<IValidateOptions<MailOptions>, MailOptionsValidator>();
        builder.Services.AddSingleton(NewSender);

        if (builder.Configuration.GetSection($"{Section}:{nameof(MailOptions.Smtp)}").GetChildren().Any())
        {
            builder.Services.AddSingleton<MailHealth>();
            builder
                .Services.AddHealthChecks()
                .AddCheck<MailHealth>("mail", failureStatus: HealthStatus.Degraded, tags: ["ready"], timeout: TimeSpan.FromSeconds(3));
        }
    }

    private static MailSender NewSender(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<MailOptions>>().Value;
        var name = options.From.Name is { Length: > 0 } own ? own : services.GetRequiredService<IOptions<ProductOptions>>().Value.Name;
        var sender = new Mailbox(options.From.Address, name);
        var clock = services.GetRequiredService<TimeProvider>();

        return options.Smtp is { } smtp
            ? new SmtpMailSender(smtp, sender, clock, services.GetRequiredService<ILogger<SmtpMailSender>>())
            : new FolderMailSender(options.Folder!, sender, clock, services.GetRequiredService<ILogger<FolderMailSender>>());
    }

    /// <summary>Reports an unavailable mail server as degraded, because requests are still served and the mails are sent later.</summary>
    private sealed class MailHealth(MailSender sender, TimeProvider clock) : IHealthCheck
    {
        // Caches the result, because probes come every few seconds from every replica and mail servers limit connections.
        private static readonly TimeSpan CacheLifetime = TimeSpan.FromSeconds(30);
        private volatile CachedResult? _cached;

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            if (_cached is { } cached && clock.GetElapsedTime(cached.At) < CacheLifetime)
            {
                return cached.Result;
            }

            var result = await CheckServerAsync(cancellationToken);
            _cached = new CachedResult(result, clock.GetTimestamp());
            return result;
        }

        private async Task<HealthCheckResult> CheckServerAsync(CancellationToken ct)
        {
            try
            {
                await ((SmtpMailSender)sender).CheckAsync(ct);
                return HealthCheckResult.Healthy();
            }
            catch (IOException e)
            {
                return HealthCheckResult.Degraded("The mail server does not answer", e);
            }
        }

        private sealed record CachedResult(HealthCheckResult Result, long At);
    }
}
