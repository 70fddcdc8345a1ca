using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SaaS.Infrastructure.Mail;
using SaaS.Infrastructure.Settings;

namespace SaaS.Tests.Infrastructure;

/// <summary>Tests the start of a host with different mail settings.</summary>
public sealed class MailConfigurationTests
{
    private static readonly string Folder = Path.GetTempPath();

    [Theory]
    [InlineData("Mail:Smtp:Host")]
    [InlineData("Mail:Folder and Mail:Smtp are both set", "Mail:Folder", "/mail", "Mail:Smtp:Host", "smtp.example.com")]
    [InlineData("Mail:From:Address", "Mail:From:Address", "SaaS <no-reply@example.com>", "Mail:Smtp:Host", "smtp.example.com")]
    [InlineData("Mail:Folder must be an absolute path", "Mail:Folder", "mail")]
    [InlineData("Mail:Smtp:Host", "Mail:Smtp:Port", "25")]
    [InlineData("Mail:Smtp:Port", "Mail:Smtp:Host", "smtp.example.com", "Mail:Smtp:Port", "0")]
    [InlineData("Mail:Smtp:UserName and Mail:Smtp:Password", "Mail:Smtp:Host", "smtp.example.com", "Mail:Smtp:UserName", "saas")]
    [InlineData(
        "in the clear",
        "Mail:Smtp:Host",
        "smtp.example.com",
        "Mail:Smtp:UserName",
        "saas",
        "Mail:Smtp:Password",
        "x",
        "Mail:Smtp:Security",
        "None"
    )]
    [InlineData("Mail:Smtp:Timeout", "Mail:Smtp:Host", "smtp.example.com", "Mail:Smtp:Timeout", "00:00:00")]
    public async Task An_invalid_mail_setting_prevents_startup_and_is_named(string sentence, params string[] settings)
    {
        using var host = NewHost(Environments.Development, settings);

        var stopped = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());

        Assert.Contains(sentence, stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_mail_setting_prevents_startup()
    {
        using var host = NewHost(Environments.Development, "Mail:Folder", Folder, "Mail:Smpt:Host", "smtp.example.com");

        var stopped = await Assert.ThrowsAsync<InvalidSettingsException>(() => host.StartAsync());

        Assert.Contains("Smpt", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mail_folder_outside_development_must_be_allowed_explicitly()
    {
        using var careless = NewHost(Environments.Production, "Mail:Folder", Folder);
        var stopped = await Assert.ThrowsAsync<OptionsValidationException>(() => careless.StartAsync());
        Assert.Contains("Mail:AllowFolderOutsideDevelopment", stopped.Message, StringComparison.Ordinal);

        using var deliberate = NewHost(Environments.Production, "Mail:Folder", Folder, "Mail:AllowFolderOutsideDevelopment", "true");
        await deliberate.StartAsync();
        Assert.IsType<FolderMailSender>(deliberate.Services.GetRequiredService<MailSender>());
    }

    [Fact]
    public async Task An_unavailable_mail_server_degrades_the_host()
    {
        await using var server = MailServerUnderTest.Start();
        using var healthy = NewHost(Environments.Production, ServerAt(server.Port));
        Assert.Equal(HealthStatus.Healthy, await HealthOfAsync(healthy));

        await server.DisposeAsync();
        using var degraded = NewHost(Environments.Production, ServerAt(server.Port));
        Assert.Equal(HealthStatus.Degraded, await HealthOfAsync(degraded));
    }

    private static string[] ServerAt(int port) =>
        [
            "Mail:Smtp:Host",
            "127.0.0.1",
            "Mail:Smtp:Port",
            port.ToString(System.Globalization.CultureInfo.InvariantCulture),
            "Mail:Smtp:Security",
            "None",
        ];

    private static async Task<HealthStatus> HealthOfAsync(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["mail"].Status;

    private static IHost NewHost(string environment, params string[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { EnvironmentName = environment });
        builder.Configuration.AddInMemoryCollection([new("Mail:From:Address", "no-reply@example.com")]);
        builder.Configuration.AddInMemoryCollection(
            settings.Chunk(2).Select(pair => KeyValuePair.Create<string, string?>(pair[0], pair[1]))
        );
        builder.Services.AddLogging().AddSingleton(TimeProvider.System);
        builder.AddMail();
        return builder.Build();
    }
}
